//! What carriers tell of texts, in our words.
//!
//! Must not live here: what follows (`frontdesk_domain::inbound`, `sending`), signatures.

use super::Unreadable;
use crate::jobs::send_message::status;
use frontdesk_domain::delivery::{About, Message, What};
use frontdesk_domain::inbound::TextIn;
use frontdesk_domain::sending::{Meaning, Report};
use frontdesk_providers::sms::{
    self, Hook, Inbound, OptOutWord, StatusUpdate, TextClass, Vendor, class_of_code,
};
use frontdesk_shared::ClientId;

/// What is kept beside the bytes of a delivery: the client whose own account proved it, and the raw
/// query. No query has a blank.
pub(crate) fn address(account: Option<ClientId>, query: &str) -> String {
    account.map_or_else(|| query.to_owned(), |client| format!("{client} {query}"))
}

fn addressed(address: &str) -> (Option<ClientId>, &str) {
    match address.split_once(' ') {
        Some((client, query)) => (client.parse().ok(), query),
        None => (None, address),
    }
}

/// Reads verified bytes. `address` holds the raw query of the request, which was signed with them.
pub(super) fn read(
    vendor: Vendor,
    provider: &'static str,
    body: &[u8],
    address: &str,
) -> Result<Message, Unreadable> {
    let (account, query) = addressed(address);
    let hook = sms::parse(vendor, query, None, body)
        .map_err(|e| Unreadable { field: "body", reason: e.to_string() })?;
    let (kind, what) = match &hook {
        Hook::Inbound(inbound) => ("text".to_owned(), What::Text(Box::new(text(provider, account, inbound)))),
        Hook::Status(update) => (
            format!("text-{}", update.word),
            What::MessageReport(update.message, Box::new(report(account, update))),
        ),
    };
    Ok(Message {
        provider,
        event_key: named(account, &hook.event_key()),
        kind,
        call: About::default(),
        agent: address.to_owned(),
        what,
    })
}

/// The names that a client's account gives stand beside those of the installation's and never for
/// one of them.
fn named(account: Option<ClientId>, name: &str) -> String {
    account.map_or_else(|| name.to_owned(), |client| format!("{client}/{name}"))
}

fn text(provider: &'static str, account: Option<ClientId>, inbound: &Inbound) -> TextIn {
    TextIn {
        provider,
        account,
        provider_id: named(account, &inbound.sid),
        from: inbound.from.clone(),
        to: inbound.to.clone(),
        service: inbound.service.clone(),
        body: inbound.body.clone(),
        media: inbound.media_count,
        opt_out_type: inbound.opt_out_type.map(|word| {
            match word {
                OptOutWord::Stop => "STOP",
                OptOutWord::Start => "START",
                OptOutWord::Help => "HELP",
            }
            .to_owned()
        }),
    }
}

fn report(account: Option<ClientId>, update: &StatusUpdate) -> Report {
    Report {
        account,
        provider_id: Some(update.sid.clone()),
        status: update.status.map(status),
        code: update.error_code.map(|code| code.to_string()),
        segments: update.segments.map(i64::from),
        ..meaning(update.error_code)
    }
}

/// What a carrier's code for a failure means, and why, in words.
pub(crate) fn meaning(code: Option<u32>) -> Report {
    let class = code.map(class_of_code);
    let meaning = match class {
        Some(TextClass::OptedOut) => Meaning::OptedOut,
        Some(TextClass::Recipient) => Meaning::BadAddress,
        Some(TextClass::Content | TextClass::Sender | TextClass::Account) => Meaning::Sender,
        _ => Meaning::Message,
    };
    let why = match (code, class) {
        (Some(code), Some(class)) => format!("the carrier says {code}: {}", class.action()),
        _ => "the carrier gives no reason".to_owned(),
    };
    Report { meaning, why, ..Report::default() }
}
