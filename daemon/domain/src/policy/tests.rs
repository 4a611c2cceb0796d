//! The defaults of the decisions, reading, merging, and what is refused.

use super::*;
use serde_json::json;

#[test]
fn the_defaults_are_those_decided() {
    let p = Policy::default();
    assert_eq!(p.problems(), Vec::<String>::new());
    assert_eq!(p.profiles.keys().collect::<Vec<_>>(), ["GB", "US"]);
    let (name, gb) = p.profile("JE").unwrap();
    assert!(name == "GB" && gb.enabled && gb.consent_required && gb.screening_days == 28);
    assert_eq!(p.profile("PR").unwrap().0, "US");
    assert_eq!(p.profile("US").unwrap().1.screening_days, 31);
    assert!(p.profile("DE").is_none() && p.profile("CA").is_none());
    assert_eq!(p.us_states.len(), 22);
    assert_eq!(p.us_states["FL"].max_per_24h, Some(3));
    assert_eq!(p.us_states["ME"].ai_gap_hours, Some(8));
    assert!(p.us_states["AL"].holidays_closed && p.us_states["AL"].sun == Hours::Closed);
    let hours = |country: &str, states: &[&str], channel| {
        p.schedule(channel, country, &p.profiles[country], states).week.words()
    };
    assert_eq!(hours("GB", &[], Channel::Sms), "Mon–Sat 09:00–20:00");
    assert_eq!(hours("GB", &[], Channel::AiVoice), "Mon–Sat 09:00–20:00");
    assert_eq!(hours("US", &["KY"], Channel::Sms), "Mon–Sat 10:00–20:00");
    assert_eq!(hours("US", &["PA"], Channel::Sms), "Mon–Fri 09:00–20:00, Sat 09:00–12:00");
    assert_eq!(hours("US", &["RI", "KY"], Channel::Sms), "Mon–Fri 10:00–18:00, Sat 10:00–17:00");
    assert_eq!(hours("US", &["ME"], Channel::AiVoice), "Mon–Fri 09:00–17:00");
    assert!(p.consent.needed(Channel::AiVoice, Purpose::Informational));
    assert!(p.consent.needed(Channel::Sms, Purpose::Marketing));
    assert!(!p.consent.needed(Channel::Sms, Purpose::Informational));
}

#[test]
fn a_policy_survives_being_written_and_read() {
    let p = Policy::default();
    let text = serde_json::to_string(&p).unwrap();
    assert_eq!(serde_json::from_str::<Policy>(&text).unwrap(), p);
    assert_eq!(serde_json::from_str::<Policy>("{}").unwrap(), p);
    assert_eq!(toml::from_str::<Policy>("").unwrap(), p);
}

#[test]
fn a_file_names_only_what_differs() {
    let p: Policy = toml::from_str(
        r#"
        lead_expiry_days = 60
        [profiles.GB]
        start = "10:00"
        [profiles.CA]
        days = ["mon", "fri"]
        sunday = "none"
        [us_states.TX]
        sun = "none"
        [holidays]
        "US-AL" = ["2026-12-25"]
        GB = "open"
        [frequency]
        max_per_24h = 2
        "#,
    )
    .unwrap();
    assert_eq!(p.profiles.keys().collect::<Vec<_>>(), ["CA", "GB", "US"]);
    assert_eq!(p.profiles["GB"].start, TimeOfDay::hm(10, 0));
    assert_eq!(p.profiles["GB"].screening_days, 28);
    assert!(p.profiles["CA"].consent_required);
    assert_eq!((p.us_states.len(), p.us_states["TX"].sun), (22, Hours::Closed));
    assert_eq!((p.frequency.max_per_24h, p.frequency.max_per_7d), (2, 7));
    let schedule = p.schedule(Channel::Sms, "US", &p.profiles["US"], &["AL"]);
    assert_eq!(schedule.closed, [jiff::civil::date(2026, 12, 25)]);
    assert!(schedule.holidays.holiday(jiff::civil::date(2026, 7, 3)).is_some(), "open in GB only");
    let schedule = p.schedule(Channel::Sms, "GB", &p.profiles["GB"], &[]);
    assert_eq!(schedule.holidays.holiday(jiff::civil::date(2026, 12, 25)), None);
    let closed = Policy::default();
    let schedule = closed.schedule(Channel::Sms, "GB", &closed.profiles["GB"], &[]);
    assert_eq!(schedule.holidays.holiday(jiff::civil::date(2026, 12, 25)), Some("Christmas Day"));
    for (text, part) in [
        ("nonsense = 1", "nonsense"),
        ("[profiles.GB]\nstrat = \"10:00\"", "strat"),
        ("[profiles.GB]\nstart = \"25:00\"", "25:00"),
        ("[window]\ndays = [\"monday\"]", "monday"),
    ] {
        let error = toml::from_str::<Policy>(text).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn a_client_lays_its_values_over() {
    let p = Policy::default();
    let over = json!({
        "window": { "end": "18:00" },
        "profiles": { "DE": { "start": "10:00" }, "GB": { "enabled": false } },
        "us_states": { "NY": { "sun": "none" } },
        "holidays": { "GB": ["2026-12-25"] },
    });
    let m = p.merged(&over).unwrap();
    assert_eq!(m.window.end, TimeOfDay::hm(18, 0));
    assert_eq!(m.window.start, p.window.start);
    assert!(!m.profiles["GB"].enabled && m.profiles["GB"].screening_days == 28);
    assert_eq!(m.profiles["DE"].start, TimeOfDay::hm(10, 0));
    assert_eq!(m.us_states["NY"].sun, Hours::Closed);
    assert_eq!(p.merged(&json!({})), Ok(p));
}

#[test]
fn a_wrong_override_names_its_key() {
    let p = Policy::default();
    let cases = [
        (json!(7), "the overrides must be an object of keys"),
        (json!({ "windwo": { "end": "18:00" } }), "windwo.end: unknown key"),
        (json!({ "window": { "ends": "18:00" } }), "window.ends: unknown key"),
        (json!({ "profiles": { "GB": { "strat": 1 } } }), "profiles.GB.strat: unknown key"),
        (json!({ "lead_expiry_days": { "a": 1 } }), "lead_expiry_days.a: unknown key"),
        (json!({ "lead_expiry_days": "soon" }), "lead_expiry_days: invalid type"),
        (json!({ "window": { "start": "08:00", "end": "26:00" } }), "window.end: `26:00` is no time of day"),
        (json!({ "window": "always" }), "window: invalid type"),
        (json!({ "consent": { "email": "perhaps" } }), "consent.email: unknown variant"),
        (json!({ "window": { "end": "08:00" } }), "window.end: the hours end before they begin"),
        (json!({ "profiles": { "gb": { "enabled": true } } }), "profiles.gb: is no two-letter"),
        (json!({ "us_states": { "ZZ": { "sun": "none" } } }), "us_states.ZZ: is no postal code"),
        (json!({ "holidays": { "US-XX": ["2026-12-25"] } }), "holidays.US-XX"),
        (json!({ "holidays": { "GB": ["Christmas"] } }), "holidays.GB"),
    ];
    for (over, part) in cases {
        let error = p.merged(&over).unwrap_err();
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn every_problem_is_found_at_once() {
    let mut p = Policy::default();
    p.frequency.max_per_24h = 9;
    p.duplicates.warn_days = 1;
    p.attempts.delays_minutes.clear();
    p.window.stop_before_close_minutes = 700;
    p.lead_expiry_days = 0;
    let all = p.problems().join("\n");
    for key in
        ["frequency.max_per_7d", "duplicates.warn_days", "attempts.delays", "stop_before", "lead_expiry"]
    {
        assert!(all.contains(key), "{key}: {all}");
    }
}
