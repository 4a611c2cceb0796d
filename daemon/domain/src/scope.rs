//! Whom a refusal of the provider concerns: the account, one client, or whoever uses one
//! assistant or one number of ours. One failure stops only itself.
//!
//! Lives here: what a hold is about, whom it stops, how long it lasts, and what a person can do
//! about it. Must not live here: the provider's words (its adapter sorts them), what is about one
//! lead alone (`placement`), where holds are kept (store).

use crate::breaker::{Breaker, BreakerRules, BreakerState};
use crate::client::{Client, HOUSE};
use crate::installation::Voice;
use crate::progress::{HOLD_MS, next_utc_day};
use frontdesk_shared::explain::{Answer, Finding, GateReport, RuleLine};
use frontdesk_shared::fault::Severity;
use frontdesk_shared::{ClientId, Millis};
use std::sync::Arc;

/// Rule of the gate's report under which a hold of the provider is told.
pub const RULE: &str = "provider";

/// With what the calls of a client are placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Whose calls.
    pub client: ClientId,
    /// The assistant that speaks.
    pub assistant: String,
    /// The number that is called from, as the provider names it.
    pub number: String,
    /// Whether the assistant is the client's own.
    pub own_assistant: bool,
    /// Whether the number is.
    pub own_number: bool,
}

impl Route {
    /// A client's own assistant and number where it has them, else the installation's.
    pub fn of(voice: &Voice, client: &Client) -> Self {
        let assistant = client.own_vapi("assistant_id");
        let number = client.own_vapi("phone_number_id");
        Self {
            client: client.id,
            assistant: assistant.unwrap_or(&voice.assistant_id).to_owned(),
            number: number.unwrap_or(&voice.phone_number_id).to_owned(),
            own_assistant: assistant.is_some(),
            own_number: number.is_some(),
        }
    }

    /// Holds that are about this client alone, and that a change of its settings may end.
    pub fn own_scopes(&self) -> Vec<HoldScope> {
        let mut all = vec![HoldScope::Client(self.client)];
        all.extend(self.own_assistant.then(|| HoldScope::Assistant(self.assistant.clone())));
        all.extend(self.own_number.then(|| HoldScope::Number(self.number.clone())));
        all
    }
}

/// Whose calls a hold or an open breaker stops.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HoldScope {
    /// Everybody's.
    Account,
    /// Those of clients with nothing of their own at the provider.
    Defaults,
    /// One client's.
    Client(ClientId),
    /// Those that an assistant speaks in.
    Assistant(String),
    /// Those from a number.
    Number(String),
    /// What is written into a calendar. It stops no calls.
    Calendar(String),
}

impl HoldScope {
    /// What it is about, in one word.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Defaults => "defaults",
            Self::Client(_) => "client",
            Self::Assistant(_) => "assistant",
            Self::Number(_) => "number",
            Self::Calendar(_) => "calendar",
        }
    }

    /// As it is stored.
    pub fn key(&self) -> String {
        match self {
            Self::Account | Self::Defaults => self.word().to_owned(),
            Self::Client(id) => format!("{}:{}", self.word(), id.0),
            Self::Assistant(id) | Self::Number(id) | Self::Calendar(id) => format!("{}:{id}", self.word()),
        }
    }

    /// Reads what was stored.
    pub fn parse(key: &str) -> Option<Self> {
        Some(match key.split_once(':') {
            None if key == "account" => Self::Account,
            None if key == "defaults" => Self::Defaults,
            Some(("client", id)) => Self::Client(ClientId(id.parse().ok()?)),
            Some(("assistant", id)) => Self::Assistant(id.to_owned()),
            Some(("number", id)) => Self::Number(id.to_owned()),
            Some(("calendar", id)) => Self::Calendar(id.to_owned()),
            _ => return None,
        })
    }

    /// Whether it stops calls that are placed this way.
    pub fn stops(&self, route: &Route) -> bool {
        match self {
            Self::Account => true,
            Self::Defaults => !route.own_assistant && !route.own_number,
            Self::Client(id) => *id == route.client,
            Self::Assistant(id) => *id == route.assistant,
            Self::Number(id) => *id == route.number,
            Self::Calendar(_) => false,
        }
    }

    /// In words that name the clients, to follow “calls”.
    pub fn whose(&self, voice: &Voice, clients: &[Arc<Client>]) -> String {
        let routes = clients.iter().map(|client| (client, Route::of(voice, client)));
        let users: Vec<_> = routes.filter(|(_, route)| self.stops(route)).collect();
        let only = match users.as_slice() {
            [(client, _)] => Some(client.key.as_str()),
            _ => None,
        };
        match (self, only) {
            (Self::Account, _) => self.words(),
            (Self::Client(_), Some(key)) => format!("of client {key}"),
            (_, Some(key)) => format!("{} (client {key} only)", self.words()),
            (_, None) => format!("{} ({} clients)", self.words(), users.len()),
        }
    }

    /// In words, to follow “calls” or what else waits. Who uses what is shared is for the list of clients to tell.
    pub fn words(&self) -> String {
        match self {
            Self::Account => "of all clients".to_owned(),
            Self::Defaults => "of clients without an assistant and a number of their own".to_owned(),
            Self::Client(_) => "of this client".to_owned(),
            Self::Assistant(id) => format!("with assistant {id}"),
            Self::Number(id) => format!("from the number {id}"),
            Self::Calendar(_) => "of nobody: what is written into a calendar waits".to_owned(),
        }
    }
}

/// What stops a client's calls, if anything does.
pub fn stop_of<'s>(stops: &'s [Stop], voice: &Voice, client: &Client) -> Option<&'s Stop> {
    if stops.is_empty() {
        return None;
    }
    let route = Route::of(voice, client);
    stops.iter().find(|stop| stop.scope.stops(&route))
}

/// What a refusal that is not about one lead is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The key, or the way to the provider.
    Access,
    /// Money, the plan, the standing of the account.
    Billing,
    /// The cap per day of the number that is called from.
    DailyCap,
    /// The assistant: not found, or not fit to speak.
    Assistant,
    /// The number that is called from: not found, or not fit to call.
    Number,
    /// Settings, and it does not say which.
    Settings,
}

impl Cause {
    /// Whom it concerns.
    pub fn scope(self, route: &Route) -> HoldScope {
        match self {
            Self::Access | Self::Billing => HoldScope::Account,
            Self::DailyCap | Self::Number => HoldScope::Number(route.number.clone()),
            Self::Assistant => HoldScope::Assistant(route.assistant.clone()),
            Self::Settings if route.own_assistant || route.own_number => HoldScope::Client(route.client),
            Self::Settings => HoldScope::Defaults,
        }
    }

    /// Whose error it is: what a client set itself is its own, the rest the installation's.
    pub fn whose(self, route: &Route) -> ClientId {
        let own = match self {
            Self::Access | Self::Billing => false,
            Self::DailyCap | Self::Number => route.own_number,
            Self::Assistant => route.own_assistant,
            Self::Settings => route.own_assistant || route.own_number,
        };
        if own { route.client } else { HOUSE }
    }

    /// Until when nothing is sent.
    pub fn until(self, now: Millis) -> Millis {
        match self {
            Self::DailyCap => next_utc_day(now),
            _ => now + HOLD_MS,
        }
    }

    /// The kind of error.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::DailyCap => "vapi.daily-limit",
            Self::Billing => "vapi.billing",
            Self::Access | Self::Assistant | Self::Number | Self::Settings => "vapi.set-up",
        }
    }

    /// The part of the provider that fails; one cause is one group of errors.
    pub const fn service(self) -> &'static str {
        match self {
            Self::Access | Self::Billing | Self::Settings => "vapi",
            Self::Assistant => "vapi:assistant",
            Self::DailyCap | Self::Number => "vapi:number",
        }
    }

    /// How bad it is: a cap that is used up ends by itself.
    pub const fn severity(self) -> Severity {
        match self {
            Self::DailyCap => Severity::Error,
            _ => Severity::Critical,
        }
    }

    /// What a call that ended before it rang says about more than its lead; `None` where it says
    /// nothing about anybody else.
    pub fn of_reason(reason: &str) -> Option<Self> {
        let has = |words: &[&str]| words.iter().any(|word| reason.contains(word));
        if has(&["get-customer"]) {
            None
        } else if has(&["get-org", "get-subscription"]) {
            Some(Self::Billing)
        } else if has(&["get-phone-number", "vapi-number-", "get-transport"]) {
            Some(Self::Number)
        } else if has(&["assistant", "squad", "configfault"]) {
            Some(Self::Assistant)
        } else {
            Some(Self::Settings)
        }
    }
}

/// Something that stops calls for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Whose.
    pub scope: HoldScope,
    /// Until when.
    pub until: Millis,
    /// Why: the provider's words, or how often it failed.
    pub why: String,
    /// Whether it is a breaker and no refusal.
    pub is_breaker: bool,
    /// Whether it is a cap of our own.
    pub is_cap: bool,
}

impl Stop {
    /// A breaker that lets nothing through; `whose` is the client's, or the installation's.
    pub fn of_breaker(whose: ClientId, breaker: &Breaker, rules: &BreakerRules, now: Millis) -> Option<Self> {
        let until = match breaker.state {
            BreakerState::Closed => return None,
            BreakerState::Open { until } => until.min(now + rules.open_ms),
            BreakerState::HalfOpen { trial_started } => trial_started.min(now) + rules.trial_ms,
        };
        let scope = if whose == HOUSE { HoldScope::Account } else { HoldScope::Client(whose) };
        (until > now).then(|| Self {
            scope,
            until,
            why: breaker.sentence(now),
            is_breaker: true,
            is_cap: false,
        })
    }

    /// What stands still and why. `whose` are the words for whose calls.
    pub fn sentence(&self, whose: &str) -> String {
        self.sentence_about("calls", whose)
    }

    /// The same of something else than calls, such as `texts`.
    pub fn sentence_about(&self, what: &str, whose: &str) -> String {
        format!("{what} {whose} wait until {}, {}", self.until.iso(), self.cause())
    }

    /// What is in the way, and who says so.
    pub fn cause(&self) -> String {
        match (self.is_breaker, self.is_cap) {
            (true, _) => format!("requests fail: {}", self.why),
            (false, true) => self.why.clone(),
            (false, false) => format!("the provider refuses: {}", self.why),
        }
    }

    /// What a person can do about it.
    pub fn remedy(&self) -> &'static str {
        match (&self.scope, self.is_breaker) {
            (HoldScope::Account, true) => {
                "look at the provider's status page and the way to it; one request tries by itself"
            }
            (_, true) => "look at the client's settings and its leads' fields; one request tries by itself",
            (HoldScope::Account, false) => {
                "see to the key, the balance and the plan at the provider, then resume dialing"
            }
            (HoldScope::Defaults, false) => {
                "see to the installation's assistant and number at the provider, then resume dialing"
            }
            (HoldScope::Client(_), false) => {
                "correct the client's assistant or number: a change of its settings, or resuming it, ends the hold"
            }
            (HoldScope::Calendar(_), false) => {
                "it ends by itself; see how many events Google lets the calendar take"
            }
            (HoldScope::Assistant(_), false) => {
                "correct this assistant, or set another: a change of settings, or resuming, ends the hold"
            }
            (HoldScope::Number(_), false) => {
                "correct this number, or set another: a change of settings, or resuming, ends the hold; a cap per day ends by itself"
            }
        }
    }

    /// Adds it to what the gate says at this moment about a lead that it stops.
    pub fn tell(&self, report: &mut GateReport, whose: &str) {
        let detail = format!("{}. Remedy: {}", self.sentence(whose), self.remedy());
        if report.answer == Answer::Allowed {
            report.answer = Answer::NotYet;
            RULE.clone_into(&mut report.rule);
            report.reason.clone_from(&detail);
            report.next_at = Some(self.until);
        }
        let until = Some(self.until);
        report.lines.push(RuleLine { rule: RULE.to_owned(), finding: Finding::Wait, detail, until });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use frontdesk_shared::time::DAY;

    fn route(client: i64, assistant: Option<&str>, number: Option<&str>) -> Route {
        Route {
            client: ClientId(client),
            assistant: assistant.unwrap_or("house-a").to_owned(),
            number: number.unwrap_or("house-n").to_owned(),
            own_assistant: assistant.is_some(),
            own_number: number.is_some(),
        }
    }

    #[test]
    fn whom_each_cause_stops() {
        use Cause::*;
        let plain = route(1, None, None);
        let own_assistant = route(2, Some("a2"), None);
        let own_number = route(3, None, Some("n3"));
        let own_both = route(4, Some("a4"), Some("n4"));
        let all = [&plain, &own_assistant, &own_number, &own_both];
        // Cause, whose call met it, whose calls wait, whose error it is.
        let cases: [(Cause, &Route, &[i64], i64); 16] = [
            (Access, &own_both, &[1, 2, 3, 4], 0),
            (Billing, &own_both, &[1, 2, 3, 4], 0),
            (Assistant, &plain, &[1, 3], 0),
            (Assistant, &own_assistant, &[2], 2),
            (Assistant, &own_number, &[1, 3], 0),
            (Assistant, &own_both, &[4], 4),
            (Number, &plain, &[1, 2], 0),
            (Number, &own_assistant, &[1, 2], 0),
            (Number, &own_number, &[3], 3),
            (Number, &own_both, &[4], 4),
            (DailyCap, &plain, &[1, 2], 0),
            (DailyCap, &own_number, &[3], 3),
            (Settings, &plain, &[1], 0),
            (Settings, &own_assistant, &[2], 2),
            (Settings, &own_number, &[3], 3),
            (Settings, &own_both, &[4], 4),
        ];
        for (cause, met, waiting, whose) in cases {
            let scope = cause.scope(met);
            let stopped: Vec<i64> = all.iter().filter(|r| scope.stops(r)).map(|r| r.client.0).collect();
            assert_eq!(stopped, waiting, "{cause:?} met by {met:?}");
            assert_eq!(cause.whose(met), ClientId(whose), "{cause:?} met by {met:?}");
        }
    }

    #[test]
    fn how_a_call_ended_tells_what_it_is_about() {
        let cases = [
            ("assistant-not-found", Some(Cause::Assistant)),
            ("assistant-request-returned-error", Some(Cause::Assistant)),
            ("call.start.error-get-assistant", Some(Cause::Assistant)),
            ("call.start.squad-version-error-validation", Some(Cause::Assistant)),
            ("call.in-progress.error-configfault-model-unsupported-in-squad", Some(Cause::Assistant)),
            ("call.start.error-get-phone-number", Some(Cause::Number)),
            ("call.start.error-vapi-number-international", Some(Cause::Number)),
            ("call.start.error-get-transport", Some(Cause::Number)),
            ("call.start.error-get-org", Some(Cause::Billing)),
            ("call.start.error-get-customer", None),
            ("call.start.error-get-resources-validation", Some(Cause::Settings)),
        ];
        for (reason, cause) in cases {
            assert_eq!(Cause::of_reason(reason), cause, "{reason}");
        }
    }

    #[test]
    fn a_cap_per_day_ends_with_the_day() {
        let now = Millis(1_800_000_000_000);
        let until = Cause::DailyCap.until(now);
        assert!(until > now && until.0 % DAY == 0 && until.since(now) <= DAY);
        assert_eq!(Cause::Assistant.until(now), now + HOLD_MS);
        assert_eq!(Cause::DailyCap.severity(), Severity::Error);
        assert_eq!(Cause::Access.severity(), Severity::Critical);
    }

    #[test]
    fn scopes_are_stored_and_read_back() {
        let all = [
            HoldScope::Account,
            HoldScope::Defaults,
            HoldScope::Client(ClientId(7)),
            HoldScope::Assistant("a:b".into()),
            HoldScope::Number("n".into()),
        ];
        for scope in all {
            assert_eq!(HoldScope::parse(&scope.key()), Some(scope));
        }
        assert_eq!(HoldScope::parse("client:x"), None);
        assert_eq!(HoldScope::parse("galaxy"), None);
    }

    #[test]
    fn a_change_of_settings_ends_what_is_the_clients_own() {
        assert_eq!(route(1, None, None).own_scopes(), [HoldScope::Client(ClientId(1))]);
        let own = route(1, Some("a"), Some("n")).own_scopes();
        assert_eq!(own.len(), 3);
        assert!(!own.contains(&HoldScope::Account));
    }

    #[test]
    fn breakers_stop_whom_they_belong_to_while_they_are_open() {
        let rules = BreakerRules::default();
        let now = Millis(1_800_000_000_000);
        let mut breaker = Breaker::default();
        assert_eq!(Stop::of_breaker(HOUSE, &breaker, &rules, now), None);
        for _ in 0..rules.failures {
            breaker.record(&rules, now, false);
        }
        let stop = Stop::of_breaker(HOUSE, &breaker, &rules, now).unwrap();
        assert_eq!((&stop.scope, stop.until), (&HoldScope::Account, now + rules.open_ms));
        let one = Stop::of_breaker(ClientId(3), &breaker, &rules, now).unwrap();
        assert_eq!(one.scope, HoldScope::Client(ClientId(3)));
        assert_eq!(Stop::of_breaker(HOUSE, &breaker, &rules, now + rules.open_ms), None);
    }
}
