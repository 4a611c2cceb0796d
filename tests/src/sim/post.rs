//! How the provider's messages travel: most at once, some late, twice, out of order or never.

use super::world::{Step, World};
use frontdesk_daemon::webhooks::Provider;
use frontdesk_shared::time::{DAY, HOUR, MINUTE, SECOND};
use std::rc::Rc;
use std::sync::Arc;

/// What a message is about.
#[derive(Clone, Debug)]
pub(super) enum Subject {
    /// A phone, and the organisation of the path, for calls that come in.
    Phone(usize, String),
    /// What became of a text of ours: which one at the carrier.
    Report(usize),
    /// A text that somebody wrote: which one.
    Reply(usize),
}

impl Subject {
    pub fn provider(&self) -> Provider {
        match self {
            Self::Phone(..) => Provider::Vapi,
            Self::Report(_) | Self::Reply(_) => Provider::Twilio,
        }
    }
}

/// A message on its way.
pub(super) struct Letter {
    pub body: Arc<[u8]>,
    /// For the trace.
    pub about: String,
    /// Who sends it, and what about.
    pub subject: Subject,
    /// Somebody on the line waits for the answer: it is not sent again.
    pub asks: bool,
    pub tries: u32,
}

impl World<'_> {
    /// Sends a message.
    pub fn send(&mut self, letter: Letter) {
        let letter = Rc::new(letter);
        if self.goes_wrong(50) {
            self.count("webhooks lost");
            return;
        }
        let late = if self.goes_wrong(80) {
            self.count("webhooks late");
            match self.dice.below(4) {
                0 => self.dice.between(HOUR, 2 * DAY),
                1 => self.dice.between(MINUTE, 20 * MINUTE),
                _ => self.dice.between(SECOND, 40 * SECOND),
            }
        } else {
            self.dice.between(20, 600)
        };
        let at = self.now() + late;
        self.push(at, Step::Hook(letter.clone()));
        if self.goes_wrong(80) {
            self.count("webhooks twice");
            let again = match self.dice.below(3) {
                0 => self.dice.between(HOUR, 3 * DAY),
                _ => self.dice.between(1, 30 * SECOND),
            };
            self.push(at + again, Step::Hook(letter));
        }
    }

    /// Nobody takes the message: the provider tries again for a while, unless a caller waits.
    pub fn nobody_home(&mut self, letter: Rc<Letter>) {
        self.count("webhooks at a closed door");
        // Nor does a carrier come back with a text or a report that nobody took.
        if letter.asks || letter.tries >= 5 || letter.subject.provider() == Provider::Twilio {
            return;
        }
        let again = Letter {
            body: letter.body.clone(),
            about: letter.about.clone(),
            subject: letter.subject.clone(),
            asks: letter.asks,
            tries: letter.tries + 1,
        };
        self.soon(SECOND, MINUTE << letter.tries, Step::Hook(Rc::new(again)));
    }
}
