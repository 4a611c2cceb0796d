//! The wording of one kind of message on one channel: subject, text and HTML together.
//!
//! Not here: the language of its parts (`template`), the wording itself (`defaults`).

use super::kinds::Kind;
use super::said::Asked;
use super::said::asked::{BadOffer, invites_reply};
use super::template::{Form, ParseError, RenderError, Template, Values};
use frontdesk_shared::contact::{Channel, Purpose};

/// Wording as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source<'a> {
    /// Of a mail.
    pub subject: Option<&'a str>,
    /// The text message, or the plain text of the mail.
    pub text: &'a str,
    /// Of a mail, where it has one.
    pub html: Option<&'a str>,
}

/// Why wording is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadWording {
    /// It cannot be read.
    #[error(transparent)]
    Unreadable(#[from] ParseError),
    /// An answer to it could not be understood.
    #[error("{kind}: {why}")]
    Offer {
        /// Of which kind.
        kind: Kind,
        /// Why.
        why: BadOffer,
    },
    /// A mail needs a subject.
    #[error("{0}: a mail needs a subject")]
    NoSubject(Kind),
    /// The kind is not sent that way.
    #[error("{kind} is not sent by {channel}")]
    NoSuchChannel {
        /// Of which kind.
        kind: Kind,
        /// By what.
        channel: Channel,
    },
    /// What sells has to say how to end it.
    #[error("{kind}: write {{{{{variable}}}}} so that it can be ended")]
    NoWayOut {
        /// Of which kind.
        kind: Kind,
        /// The variable it lacks.
        variable: &'static str,
    },
}

/// Wording that was read and found well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wording {
    subject: Option<Template>,
    text: Template,
    html: Option<Template>,
}

/// A message filled in.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Of a mail.
    pub subject: Option<String>,
    /// The text message, or the plain text of the mail.
    pub text: String,
    /// Of a mail, where it has one.
    pub html: Option<String>,
}

impl std::fmt::Debug for Rendered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rendered({} characters)", self.text.chars().count())
    }
}

impl Wording {
    /// Reads wording for a kind and a channel.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(kind: Kind, channel: Channel, source: Source<'_>) -> Result<Self, BadWording> {
        if !kind.channels().contains(&channel) {
            return Err(BadWording::NoSuchChannel { kind, channel });
        }
        let read = |part: &str, source: &str, form| {
            Template::parse(&format!("{kind} ({channel}) {part}"), source, form, kind.variables())
        };
        let mail = channel == Channel::Email;
        let subject = source.subject.filter(|_| mail).map(|s| read("subject", s, Form::Line)).transpose()?;
        if mail && subject.is_none() {
            return Err(BadWording::NoSubject(kind));
        }
        let text = read("text", source.text, if mail { Form::Text } else { Form::Sms })?;
        let html = source.html.filter(|_| mail).map(|s| read("HTML", s, Form::Html)).transpose()?;
        if kind.purpose() == Purpose::Marketing {
            let variable = if mail { "unsubscribe_link" } else { "opt_out" };
            let all = [Some(&text), html.as_ref()];
            if !all.into_iter().flatten().all(|template| template.always_writes(variable)) {
                return Err(BadWording::NoWayOut { kind, variable });
            }
        }
        if !mail {
            Asked::offered_by(source.text).map_err(|why| BadWording::Offer { kind, why })?;
        }
        Ok(Self { subject, text, html })
    }

    /// The variables it cannot be filled in without, each once.
    pub fn missing(&self, values: &Values) -> Vec<&'static str> {
        let mut out = Vec::new();
        for template in [self.subject.as_ref(), Some(&self.text), self.html.as_ref()].into_iter().flatten() {
            for name in template.missing(values) {
                if !out.contains(&name) {
                    out.push(name);
                }
            }
        }
        out
    }

    /// Fills it in.
    ///
    /// # Errors
    /// What [`Template::render`] refuses.
    pub fn render(&self, values: &Values) -> Result<Rendered, RenderError> {
        let fill = |template: &Option<Template>| template.as_ref().map(|t| t.render(values)).transpose();
        Ok(Rendered {
            subject: fill(&self.subject)?,
            text: self.text.render(values)?,
            html: fill(&self.html)?,
        })
    }
}

impl Rendered {
    /// Whether it invites an answer, which a sender that is a name (`HARBOUR`) cannot receive:
    /// refuse it for such a sender.
    pub fn invites_reply(&self) -> bool {
        invites_reply(&self.text)
    }

    /// What it offers, to be kept with it for reading the answer.
    pub fn asked(&self) -> Asked {
        // Refused when the wording was read; values cannot be trusted to offer anything.
        Asked::offered_by(&self.text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sms(kind: Kind, text: &str) -> Result<Wording, BadWording> {
        Wording::parse(kind, Channel::Sms, Source { subject: None, text, html: None })
    }

    #[test]
    fn what_sells_says_how_to_end_it() {
        let error = sms(Kind::NoAnswer1, "Hi from {{business_name}}").unwrap_err();
        assert_eq!(error.to_string(), "follow-up.no-answer.1: write {{opt_out}} so that it can be ended");
        assert!(sms(Kind::NoAnswer1, "{{#if first_name}}{{opt_out}}{{/if}}").is_err());
        assert!(sms(Kind::NoAnswer1, "{{#if first_name}}a {{opt_out}}{{else}}{{opt_out}}{{/if}}").is_ok());
        assert!(sms(Kind::NoAnswer1, "Hi. {{opt_out}}").is_ok());
        let source = Source { subject: Some("Hi"), text: "{{unsubscribe_link}}", html: Some("<p>Hi</p>") };
        assert!(Wording::parse(Kind::NoAnswer2, Channel::Email, source).is_err());
    }

    #[test]
    fn o20_wording_with_two_meanings_is_refused() {
        let error = sms(Kind::Confirmation, "Reply C to confirm or C to cancel").unwrap_err();
        assert_eq!(error, BadWording::Offer { kind: Kind::Confirmation, why: BadOffer::BothMeanings });
        assert!(sms(Kind::Confirmation, "Reply CANCEL to cancel").is_err());
    }

    #[test]
    fn a_kind_has_its_channels_and_a_mail_its_subject() {
        let source = Source { subject: None, text: "x", html: None };
        let no_channel = BadWording::NoSuchChannel { kind: Kind::Help, channel: Channel::Email };
        assert_eq!(Wording::parse(Kind::Help, Channel::Email, source), Err(no_channel));
        let no_subject = Err(BadWording::NoSubject(Kind::Moved));
        assert_eq!(Wording::parse(Kind::Moved, Channel::Email, source), no_subject);
        assert!(Wording::parse(Kind::Help, Channel::AiVoice, source).is_err());
    }
}
