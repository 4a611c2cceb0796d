//! The provider's account as seen from its answers: what they teach the breakers, and what is
//! held for them.
//!
//! The installation's breaker hears of the provider alone: not reached, no answer, too busy. A
//! client's breaker hears of requests that were refused for what the client put into them. Must
//! not live here: whom a refusal concerns (`scope`).

use crate::breaker::{Breaker, BreakerState};
use crate::client::{Client, HOUSE};
use crate::placement::VAPI;
use crate::records::{ErrorReport, Hold};
use crate::scope::{Cause, HoldScope, Route};
use crate::unit::{Decided, Unit};
use frontdesk_shared::fault::Severity;
use frontdesk_shared::{ClientId, Millis};

/// What an answer tells about who works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lesson {
    /// The provider did what the client wanted, or said no for the person's number.
    Works,
    /// The provider answers; about the client's own this says nothing.
    Answers,
    /// The provider answers, and the client's request was wrong.
    ClientFails,
    /// The provider itself failed.
    ProviderFails,
}

/// Lets the breakers learn from an answer. Where all is well nothing is written: calls do not
/// wait for each other.
pub(crate) fn learned(
    unit: &mut Unit<'_>,
    provider: &'static str,
    client: ClientId,
    lesson: Lesson,
) -> Decided<()> {
    record(unit, (provider, HOUSE), lesson != Lesson::ProviderFails)?;
    match lesson {
        Lesson::Works => record(unit, (provider, client), true),
        Lesson::ClientFails => record(unit, (provider, client), false),
        Lesson::Answers | Lesson::ProviderFails => Ok(()),
    }
}

/// Lets one breaker learn from an answer.
pub(crate) fn record(unit: &mut Unit<'_>, key: (&'static str, ClientId), ok: bool) -> Decided<()> {
    let (provider, whose) = key;
    let before = unit.breaker(provider, whose)?;
    if ok && before == Breaker::default() {
        // Successes count from the first failure on.
        return Ok(());
    }
    let mut breaker = before.clone();
    // It also says so when it closes, which is nobody's fault.
    let turned = breaker.record(&unit.house.breaker, unit.now, ok);
    if turned && matches!(breaker.state, BreakerState::Open { .. }) {
        unit.report(ErrorReport {
            kind: "provider.breaker".into(),
            service: provider.into(),
            client: whose,
            severity: Severity::Critical,
            message: breaker.sentence(unit.now),
            subject: ("client", whose.to_string()),
        });
    }
    if breaker != before {
        unit.changes.breakers.insert(key, breaker);
    }
    Ok(())
}

/// Holds whatever a refusal is about, and says so once for everybody who meets it.
pub(crate) fn hold(
    unit: &mut Unit<'_>,
    client: &Client,
    cause: Cause,
    words: &str,
    subject: (&'static str, String),
) {
    let route = Route::of(&unit.house.voice, client);
    let scope = cause.scope(&route);
    unit.report(ErrorReport {
        kind: cause.kind().into(),
        service: cause.service().into(),
        client: cause.whose(&route),
        severity: cause.severity(),
        message: format!("calls {} wait: {words}", scope.words()),
        subject,
    });
    unit.changes.holds.push(Hold {
        provider: VAPI,
        scope,
        until: cause.until(unit.now),
        reason: words.to_owned(),
    });
}

/// Holds a scope at a provider, and says so once for everybody who meets it.
pub(crate) fn hold_at(
    unit: &mut Unit<'_>,
    provider: &'static str,
    (client, scope): (ClientId, HoldScope),
    (until, words): (Millis, &str),
    severity: Severity,
    subject: (&'static str, String),
) {
    unit.report(ErrorReport {
        kind: format!("{provider}.hold"),
        service: format!("{provider}:{}", scope.word()),
        client: if scope == HoldScope::Account { HOUSE } else { client },
        severity,
        message: format!("messages wait: {words}"),
        subject,
    });
    unit.changes.holds.push(Hold { provider, scope, until, reason: words.to_owned() });
}
