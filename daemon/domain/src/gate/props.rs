//! What holds for every input.

use super::tests::{Case, at, case, consent};
use super::*;
use crate::phone::normalise;
use crate::zones;
use frontdesk_shared::time::{DAY, HOUR, MINUTE};
use proptest::prelude::*;

const NUMBERS: [&str; 9] = [
    "+442079460018",
    "+447400123456",
    "+447911123456",
    "+12125550100",
    "+18505550100",
    "+12075550100",
    "+18085550100",
    "+18005550100",
    "+4930123456",
];

fn channels() -> impl Strategy<Value = Channel> {
    prop::sample::select(Channel::ALL)
}

fn suppression() -> impl Strategy<Value = Suppression> {
    (any::<bool>(), prop::option::of(channels())).prop_map(|(global, channel)| Suppression {
        scope: if global { Scope::Global } else { Scope::Client },
        channel,
        reason: "asked us to stop on +44 7400 123456".to_owned(),
        since: Millis(0),
    })
}

prop_compose! {
    fn any_consent()(
        age in -2i64..500,
        list in prop::collection::vec(channels(), 0..3),
        marketing in any::<bool>(),
        revoked in prop::option::weighted(0.2, 0i64..500),
    ) -> Consent {
        let given = at("2026-06-01T00:00:00Z") - age * HOUR;
        Consent {
            channels: list,
            purpose: if marketing { Purpose::Marketing } else { Purpose::Informational },
            revoked_at: revoked.map(|r| given + r * HOUR),
            ..consent(given)
        }
    }
}

prop_compose! {
    fn any_case()(
        minutes in 0i64..525_600,
        (channel, marketing) in (channels(), prop::bool::weighted(0.7)),
        number in prop::sample::select(&NUMBERS[..]),
        created in 0i64..40 * 24,
        suppressions in prop::collection::vec(suppression(), 0..3),
        suppressed in prop::bool::weighted(0.2),
        mut consents in prop::collection::vec(any_consent(), 0..3),
        consented in prop::bool::weighted(0.7),
        // Some close together, so that the limits of a day and of a week are met.
        contacts in prop::collection::vec(
            (channels(), prop_oneof![0i64..36, 0i64..9 * 24, 0i64..45 * 24], prop::bool::weighted(0.95)),
            0..10,
        ),
        (attempts, slots, spent, resets) in (0u32..5, 0u32..11, 0i64..110, prop::option::of(0i64..100)),
        zone in prop::option::weighted(0.2, prop::sample::select(&["Europe/London", "Asia/Tokyo", "Mars/Base"][..])),
        (required, screened) in (prop::bool::weighted(0.7), prop::option::of(0i64..40)),
        status in prop::sample::select(LeadStatus::ALL),
        open in prop::bool::weighted(0.8),
    ) -> Case {
        let now = at("2026-06-01T00:00:00Z") + minutes * MINUTE;
        let mut c = case();
        if consented {
            consents.push(consent(now - HOUR));
        }
        let mut ago: Vec<_> = contacts;
        ago.sort_by_key(|(_, hours, _)| *hours);
        c.now = now;
        c.channel = channel;
        c.purpose = if marketing { Purpose::Marketing } else { Purpose::Informational };
        c.lead = if open { LeadStatus::Queued } else { status };
        c.created_at = now - created * HOUR;
        c.phone = normalise(number, None);
        c.zone = zone.map(str::to_owned);
        c.suppressions = if suppressed { suppressions } else { Vec::new() };
        c.consents = consents;
        let word = |days| Screening { list: "TPS/CTPS".to_owned(), listed: false, as_of: now - days * DAY };
        c.screenings = screened.map(word).into_iter().collect();
        c.contacts = ago
            .into_iter()
            .map(|(channel, hours, same_episode)| Contact { channel, at: now - hours * HOUR, same_episode })
            .collect();
        c.attempts = attempts;
        c.spend = Spend { spent_minor: spent, cap_minor: Some(100), resets_at: resets.map(|h| now + h * HOUR) };
        c.slots = Some(Slots { in_use: slots, limit: 10 });
        if !required {
            for p in c.policy.profiles.values_mut() {
                p.consent_required = false;
            }
        }
        c
    }
}

/// Whether some consent could serve, by the plainest reading.
fn has_consent(c: &Case) -> bool {
    c.consents.iter().any(|k| k.channels.contains(&c.channel) && k.revoked_at.is_none() && k.at <= c.now)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn a_suppression_always_means_never(mut c in any_case(), s in suppression()) {
        let channel = c.channel;
        c.suppressions.push(Suppression { channel: s.channel.map(|_| channel), ..s });
        prop_assert_eq!(c.decide().answer, Answer::Never);
    }

    #[test]
    fn without_consent_nothing_that_needs_it_is_allowed(mut c in any_case()) {
        c.policy = Policy::default();
        if !has_consent(&c) && c.policy.consent.needed(c.channel, c.purpose) {
            prop_assert_eq!(c.decide().answer, Answer::Never);
        }
    }

    #[test]
    fn a_call_or_text_allowed_is_inside_the_hours_everywhere(c in any_case()) {
        if c.decide().answer != Answer::Allowed || c.channel == Channel::Email {
            return Ok(());
        }
        let phone = c.phone.clone().unwrap();
        let places = zones::candidates(&phone, c.zone.as_deref(), None);
        prop_assert!(!places.is_empty());
        for name in places.names() {
            let tz = jiff::tz::TimeZone::get(name).unwrap();
            let local = tz.to_datetime(jiff::Timestamp::from_millisecond(c.now.0).unwrap());
            // What a person agreed to may come on any day and an hour earlier.
            let agreed = c.purpose == Purpose::Informational && c.channel == Channel::Sms;
            let opens = if agreed { 8 } else { 9 };
            prop_assert!((opens..20).contains(&local.hour()), "{} {local}", name);
            prop_assert!(agreed || local.weekday() != jiff::civil::Weekday::Sunday);
        }
    }

    #[test]
    fn a_promise_is_kept_and_not_too_late(mut c in any_case()) {
        let report = c.decide();
        let Some(next) = report.next_at else { return Ok(()) };
        prop_assert_eq!(report.answer, Answer::NotYet);
        prop_assert!(next > c.now);
        let asked = c.now;
        c.now = next;
        let then = c.decide();
        let full = c.slots.is_some_and(|s| s.in_use >= s.limit);
        if full {
            prop_assert_eq!((then.answer, then.rule.as_str()), (Answer::NotYet, SLOT));
        } else {
            prop_assert_eq!(then.answer, Answer::Allowed, "{:#?}", then);
        }
        // One minute before, something still stood against it.
        if next - MINUTE > asked {
            c.now = next - MINUTE;
            prop_assert!(c.decide().answer != Answer::Allowed);
        }
    }

    #[test]
    fn reports_are_whole_and_hold_no_number(c in any_case()) {
        let report = c.decide();
        prop_assert_eq!(report.lines.len(), RULES.len());
        for (line, rule) in report.lines.iter().zip(RULES) {
            prop_assert_eq!(line.rule.as_str(), rule);
            prop_assert!(!line.detail.is_empty());
            prop_assert!(line.until.is_none() || line.finding == Finding::Wait);
        }
        let text = format!("{report:?}");
        prop_assert!(!text.contains("123456") && !text.contains("5550100") && !text.contains("79460018"), "{}", text);
    }
}
