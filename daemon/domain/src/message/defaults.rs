//! The wording a house starts with, in British and American English.
//!
//! Both are one text where they do not differ: spelling, and the postal address that mail which
//! sells must show in the United States. Not here: what variables hold, a client's own wording.

mod mail;
mod texts;

use super::clock::Locale;
use super::kinds::Kind;
use super::wording::Source;
use frontdesk_shared::contact::Channel;

/// The default wording of a kind on a channel; `None` where the kind is not sent that way.
pub fn default(kind: Kind, channel: Channel, locale: Locale) -> Option<Source<'static>> {
    match (channel, locale) {
        (Channel::Sms, Locale::EnGb) => texts::british(kind),
        (Channel::Sms, Locale::EnUs) => texts::american(kind),
        (Channel::Email, Locale::EnGb) => mail::british(kind),
        (Channel::Email, Locale::EnUs) => mail::american(kind),
        (Channel::AiVoice, _) => None,
    }
}

#[cfg(test)]
mod tests;
