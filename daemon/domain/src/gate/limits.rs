//! The rules about time and means, one function each: local hours, how often, money, slots.

use super::rules::{Facts, Line, answers_now, block, line, pass, wait};
use super::words::instant;
use super::*;
use crate::window::Window;
use crate::zones;
use frontdesk_shared::time::{DAY, HOUR};

pub(super) fn window(input: &GateInput<'_>, facts: &Facts<'_>, cache: &mut WindowCache) -> Line {
    if input.channel == Channel::Email {
        return pass(WINDOW, "emails are not bound to local hours");
    }
    if answers_now(input) {
        return pass(WINDOW, "it answers what the person did just now: local hours do not bind it");
    }
    let (Some(phone), Some(schedule)) = (facts.phone, &facts.schedule) else {
        return line(WINDOW, Finding::Skipped, "needs a number in a country with a profile");
    };
    if phone.region() == "US" {
        // Some states close earlier than the country: not knowing which is not knowing the hours.
        let declared = input.declared_state.map(str::trim).filter(|s| !s.is_empty());
        if declared.is_some_and(|s| zones::us_state_code(s).is_none()) {
            return block(WINDOW, "the declared state is no US state, so its hours are unknown");
        }
        if facts.states.is_empty() {
            return block(WINDOW, "the number's state is unknown, and none is declared");
        }
    }
    let Some(found) = cache.look(input.now, &facts.zones.zones, schedule) else {
        return block(WINDOW, "the number's time zone is unknown, and none is declared");
    };
    let (states, words) = (&facts.states, &found.words);
    let states = if states.is_empty() { String::new() } else { format!("state {}; ", states.join(", ")) };
    match found.window {
        Window::Open { closes_at } => {
            pass(WINDOW, format!("{states}{words}; open until {}", instant(closes_at)))
        }
        Window::Closed { next_open: Some(t) } => {
            wait(WINDOW, format!("{states}{words}; next open {}", instant(t)), Some(t))
        }
        Window::Closed { next_open: None } => {
            block(WINDOW, format!("{states}{words}; no common hours within 15 days"))
        }
        Window::NoZone | Window::BadZone => block(WINDOW, "the declared time zone does not exist"),
    }
}

pub(super) fn frequency(input: &GateInput<'_>, facts: &Facts<'_>) -> Line {
    let rules = &input.policy.frequency;
    let calling = input.channel == Channel::AiVoice;
    if !calling && input.purpose == Purpose::Informational {
        return pass(FREQUENCY, "about what the person agreed to: outside the budget");
    }
    if calling && input.asked_for.is_some_and(|at| at <= input.now) {
        return pass(FREQUENCY, "the person asked to be called by now: it is outside the budget");
    }
    let mut said = Vec::new();
    let mut until: Option<Millis> = None;
    let mut hold = |t: Millis| until = until.max(Some(t));

    if calling {
        let stricter = input.policy.state_rules(&facts.states).filter_map(|s| s.ai_gap_hours);
        let gap = stricter.chain([rules.ai_gap_hours]).max().unwrap_or(rules.ai_gap_hours);
        let calls = input.contacts.iter().filter(|c| c.channel == Channel::AiVoice).map(|c| c.at);
        if let Some(last) = calls.chain(input.last_attempt_at).max() {
            // An instant and no age: the decision is kept, and is about another moment when it is read.
            let at = instant(last);
            let next = last + i64::from(gap) * HOUR;
            if next > input.now {
                said.push(format!("last AI call {at}, at most one per {gap}h; next {}", instant(next)));
                hold(next);
            } else {
                said.push(format!("last AI call {at}"));
            }
        } else {
            said.push("no AI call yet".to_owned());
        }
    }

    let mut times: Vec<Millis> = input.contacts.iter().map(|c| c.at).collect();
    times.sort_unstable_by(|a, b| b.cmp(a));
    let of_profile = facts.profile.map(|(_, p)| p.max_per_24h);
    let of_states = input.policy.state_rules(&facts.states).filter_map(|s| s.max_per_24h);
    let daily = of_states.chain(of_profile).chain([rules.max_per_24h]).min().unwrap_or(rules.max_per_24h);
    for (cap, days, name) in [(daily, 1, "24h"), (rules.max_per_7d, 7, "7d")] {
        let span = days * DAY;
        let recent = times.iter().filter(|t| input.now.since(**t) < span).count();
        let text = format!("{recent} contacts in {name}, at most {cap}");
        if cap == 0 {
            return block(FREQUENCY, text);
        }
        // One more is possible when the newest `cap` are no longer all recent.
        let oldest_that_counts = times.get(cap as usize - 1).filter(|_| recent >= cap as usize);
        if let Some(oldest) = oldest_that_counts {
            let next = *oldest + span;
            said.push(format!("{text}; next {}", instant(next)));
            hold(next);
        } else {
            said.push(text);
        }
    }

    if calling {
        let max = input.policy.attempts.max_calls;
        said.push(format!("{} of {max} calls made", input.attempts));
        if input.attempts >= max {
            return block(FREQUENCY, said.join("; "));
        }
    }
    let said = said.join("; ");
    if until.is_some() { wait(FREQUENCY, said, until) } else { pass(FREQUENCY, said) }
}

pub(super) fn spend(input: &GateInput<'_>) -> Line {
    let Spend { spent_minor, cap_minor, resets_at } = input.spend;
    let Some(cap) = cap_minor else {
        return pass(SPEND, "no cap is set");
    };
    let text = format!("{} of {} spent", money(spent_minor), money(cap));
    match resets_at {
        _ if spent_minor < cap => pass(SPEND, text),
        Some(t) if t <= input.now => pass(SPEND, format!("{text}; a new period has begun")),
        Some(t) => wait(SPEND, format!("{text}; the count starts again {}", instant(t)), Some(t)),
        None => block(SPEND, text),
    }
}

fn money(minor: i64) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", minor.unsigned_abs() / 100, minor.unsigned_abs() % 100)
}

pub(super) fn slot(input: &GateInput<'_>) -> Line {
    let Some(Slots { in_use, limit }) = input.slots else {
        return pass(SLOT, "needs none");
    };
    let text = format!("{in_use} of {limit} slots in use");
    if in_use >= limit { wait(SLOT, text, None) } else { pass(SLOT, text) }
}
