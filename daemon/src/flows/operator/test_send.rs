//! How an operator tries a client's wording and way on an address of their own.

use super::{Shown, refusals};
use crate::flows::Ctx;
use frontdesk_domain::message::kinds::Kind;
use frontdesk_domain::sending::{self, TestMessage};
use frontdesk_shared::client::ClientStatus;
use frontdesk_shared::contact::{Channel, mask_phone};
use frontdesk_shared::{ClientId, JobId, MessageId};
use frontdesk_store::clients::Client;
use frontdesk_store::jobs::{self, NewJob};
use frontdesk_store::{Refusal, Result, Tx, leads};

/// What is to be tried.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    /// Text or email.
    pub channel: Channel,
    /// The operator's address, as typed.
    pub address: &'a str,
    /// The kind; a confirmation where empty.
    pub template: &'a str,
}

/// The identity of the job that sends a test: once, however often the request comes.
pub(crate) fn key(request: &str) -> String {
    format!("message:test:{request}")
}

/// What a test would say, and why it would not be sent.
pub(super) fn shown(tx: &mut Tx<'_>, ctx: &Ctx, client: &Client, wanted: &Wanted<'_>) -> Result<Shown> {
    let test = match read(client, wanted, "") {
        Ok((test, _)) => test,
        Err(refusal) => {
            let field = refusal.field.clone().unwrap_or_default();
            return Ok((Vec::new(), Some(format!("{field}: {}", refusal.text))));
        }
    };
    let (way, to) = match wanted.channel {
        Channel::Email => ("email", refusals::masked(&test.address)),
        _ => ("text", mask_phone(&test.address)),
    };
    let kind = test.kind().map_or("", Kind::word);
    let mut lines =
        vec![format!("{kind} of {} goes to {to} by {way}, with sample values, marked TEST.", client.name)];
    let refused = match obstacle(tx, ctx, client, &test)? {
        Some(why) => Some(why),
        None => match said(ctx, client, &test) {
            Ok(words) => {
                lines.extend(words.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned));
                None
            }
            Err(why) => Some(why),
        },
    };
    Ok((lines, refused))
}

/// Plans a test for this moment.
pub(super) fn send(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    client: &Client,
    wanted: &Wanted<'_>,
    (actor, request): (&str, &str),
) -> Result<(String, ClientId)> {
    let (test, kind) = read(client, wanted, actor)?;
    let now = ctx.now();
    let id = JobId(ctx.env.id());
    let job = NewJob { dedupe: Some(key(request)), ..test.job(id, client.id, now) };
    jobs::enqueue(tx, &job, now)?;
    Ok((format!("{kind} is sent as a test, by job {id}"), client.id))
}

fn read(client: &Client, wanted: &Wanted<'_>, by: &str) -> std::result::Result<(TestMessage, Kind), Refusal> {
    let word = if wanted.template.trim().is_empty() { "confirmation" } else { wanted.template.trim() };
    let Some(kind) = Kind::parse(word) else {
        let words: Vec<&str> = Kind::ALL.iter().map(|kind| kind.word()).collect();
        return Err(Refusal::invalid("template", format!("{word:?} is not known: {}", words.join(", "))));
    };
    if !kind.channels().contains(&wanted.channel) {
        return Err(Refusal::invalid("channel", format!("{kind} is not sent by {}", wanted.channel)));
    }
    let address = sending::own_address(client, wanted.channel, wanted.address)
        .map_err(|why| Refusal::invalid("address", why))?;
    Ok((TestMessage::new(kind, wanted.channel, address, by.to_owned()), kind))
}

fn said(ctx: &Ctx, client: &Client, test: &TestMessage) -> std::result::Result<String, String> {
    let kind = test.kind().ok_or("there is no such message")?;
    // Nothing follows from the number: the words are made again when it is sent.
    let at = (ctx.now(), MessageId(0));
    let sampled = sending::sampled(&ctx.house, client, (kind, test.channel), at)?;
    Ok(format!("{}\n{}", sampled.text.subject, sampled.text.body))
}

/// What is in the way of a test: it is no way around the gate to people, nor to whoever refused.
fn obstacle(tx: &mut Tx<'_>, ctx: &Ctx, client: &Client, test: &TestMessage) -> Result<Option<String>> {
    if client.status == ClientStatus::Deactivated {
        return Ok(Some("the client is deactivated".into()));
    }
    if ctx.house.lines.of(client, test.channel).is_none() {
        return Ok(Some("no account and sender are set up".into()));
    }
    let address = test.refused_as();
    let known = match address.strip_prefix("mail:") {
        Some(mail) => leads::of_emails(tx, &[mail.to_owned()])?,
        None => leads::all_by_identity(tx, &address)?,
    };
    if !known.is_empty() {
        return Ok(Some("it is the address of a lead: a test goes to an address of your own".into()));
    }
    let refusals = leads::suppressions_of(tx, &[&address])?;
    Ok(sending::refused(client.id, test.channel, &refusals)
        .map(|refusal| format!("the address refuses messages ({})", refusal.reason)))
}
