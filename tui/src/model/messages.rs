//! What the console told the operator: a bounded history; errors stay until acknowledged.

use frontdesk_shared::Millis;
use std::collections::VecDeque;

/// Messages kept.
const KEPT: usize = 200;
/// How long an ordinary message is shown.
const SHOWN_MS: i64 = 3_000;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// When.
    pub at: Millis,
    /// Whether something went wrong.
    pub error: bool,
    /// In words.
    pub text: String,
}

/// The history.
#[derive(Debug, Default)]
pub struct Messages {
    all: VecDeque<Message>,
    /// Errors nobody acknowledged yet.
    pub unread: usize,
}

impl Messages {
    /// Something worth knowing for a moment. Repeated at once, it is one message.
    pub fn info(&mut self, at: Millis, text: &str) {
        let text = crate::text::clean(text);
        if let Some(last) = self.all.back_mut().filter(|m| !m.error && m.text == text) {
            last.at = at;
            return;
        }
        self.push(Message { at, error: false, text });
    }

    /// Something that went wrong. Repeated at once, it is one message.
    pub fn error(&mut self, at: Millis, text: &str) {
        let text = crate::text::clean(text);
        let again = self.unread > 0 && self.all.back().is_some_and(|m| m.error && m.text == text);
        if again {
            return;
        }
        self.unread += 1;
        self.push(Message { at, error: true, text });
    }

    fn push(&mut self, message: Message) {
        if self.all.len() == KEPT {
            self.all.pop_front();
        }
        self.all.push_back(message);
    }

    /// The errors were seen. Says whether there were any.
    pub fn acknowledge(&mut self) -> bool {
        std::mem::take(&mut self.unread) > 0
    }

    /// What to show now: the last unacknowledged error, else a fresh message.
    #[must_use]
    pub fn current(&self, now: Millis) -> Option<&Message> {
        if self.unread > 0 {
            return self.all.iter().rev().find(|m| m.error);
        }
        self.all.back().filter(|m| !m.error && now.since(m.at) < SHOWN_MS)
    }

    /// When the message shown now goes away by itself.
    #[must_use]
    pub fn until(&self, now: Millis) -> Option<Millis> {
        self.current(now).filter(|m| !m.error).map(|m| m.at + SHOWN_MS)
    }

    /// All of them, newest first.
    pub fn newest_first(&self) -> impl ExactSizeIterator<Item = &Message> {
        self.all.iter().rev()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_stay_and_the_rest_goes() {
        let mut messages = Messages::default();
        messages.info(Millis(0), "copied");
        assert_eq!(messages.current(Millis(2_999)).map(|m| m.text.as_str()), Some("copied"));
        assert_eq!(messages.until(Millis(0)), Some(Millis(3_000)));
        assert_eq!(messages.current(Millis(3_000)), None);
        messages.error(Millis(4_000), "no");
        messages.error(Millis(4_001), "no");
        messages.info(Millis(5_000), "copied");
        assert_eq!(messages.unread, 1);
        assert_eq!(messages.current(Millis(99_000)).map(|m| m.text.as_str()), Some("no"));
        assert!(messages.acknowledge());
        assert!(!messages.acknowledge());
        assert_eq!(messages.current(Millis(99_000)), None);
    }

    #[test]
    fn the_history_is_bounded() {
        let mut messages = Messages::default();
        for i in 0..1_000 {
            messages.info(Millis(i), &i.to_string());
        }
        assert_eq!(messages.newest_first().len(), KEPT);
        assert_eq!(messages.newest_first().next().map(|m| m.text.as_str()), Some("999"));
    }
}
