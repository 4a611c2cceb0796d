//! Calendar files: the rules calendars reject files by, and whatever people type into fields.

use super::line::LINE_OCTETS;
use super::*;
use proptest::prelude::*;

fn invite() -> Invite {
    Invite {
        uid: "booking-00000000001@desk.example".into(),
        sequence: 0,
        method: Method::Request,
        stamp: Millis::from_iso("2027-03-01T09:00:00.500Z").unwrap(),
        start: Millis::from_iso("2027-03-28T08:00:00Z").unwrap(),
        end: Millis::from_iso("2027-03-28T08:30:00Z").unwrap(),
        organizer: Party { name: "Harbour Plumbing".into(), address: "desk@harbour.example".into() },
        attendee: Party { name: "Zoë Lee".into(), address: "zoe+b@example.com".into() },
        summary: "Boiler, service".into(),
        description: "Bring:\r\nkeys; papers".into(),
        location: "12 Quay St".into(),
        url: "https://desk.example/a/1".into(),
    }
}

fn written(invite: &Invite) -> String {
    invite.write().unwrap()
}

/// Content lines as RFC 5545 reads them.
fn unfold(file: &str) -> Vec<String> {
    let whole = file.replace("\r\n ", "");
    whole.strip_suffix("\r\n").unwrap().split("\r\n").map(str::to_owned).collect()
}

/// The value of a text property, unescaped.
fn value(file: &str, name: &str) -> Option<String> {
    let prefix = format!("{name}:");
    let raw = unfold(file).into_iter().find_map(|line| line.strip_prefix(&prefix).map(str::to_owned))?;
    let mut out = String::new();
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, true) => match chars.next().unwrap() {
                'n' | 'N' => out.push('\n'),
                c => out.push(c),
            },
            (c, false) => out.push(c),
        }
    }
    Some(out)
}

#[test]
fn a_request_line_by_line() {
    let wanted = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//frontdesk//bookings//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:REQUEST",
        "BEGIN:VEVENT",
        "UID:booking-00000000001@desk.example",
        "DTSTAMP:20270301T090000Z",
        "DTSTART:20270328T080000Z",
        "DTEND:20270328T083000Z",
        "SEQUENCE:0",
        "STATUS:CONFIRMED",
        "TRANSP:OPAQUE",
        "SUMMARY:Boiler\\, service",
        "ORGANIZER;CN=\"Harbour Plumbing\":mailto:desk@harbour.example",
        "ATTENDEE;CN=\"Zoë Lee\";CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=FALSE:mailto:zoe+b@example.com",
        "DESCRIPTION:Bring:\\nkeys\\; papers",
        "LOCATION:12 Quay St",
        "URL:https://desk.example/a/1",
        "END:VEVENT",
        "END:VCALENDAR",
    ];
    assert_eq!(unfold(&written(&invite())), wanted);
}

#[test]
fn i1_folding_counts_octets_and_never_splits_a_character() {
    for text in ["é".repeat(200), "😀".repeat(100), format!("a{}", "é".repeat(200)), "x".repeat(250)] {
        let file = written(&Invite { summary: text.clone(), ..invite() });
        for line in file.split("\r\n") {
            assert!(line.len() <= LINE_OCTETS, "{} octets", line.len());
        }
        assert_eq!(value(&file, "SUMMARY").unwrap(), text);
    }
    // The last octet that fits, and the first that does not.
    let fits = "a".repeat(LINE_OCTETS - "LOCATION:".len());
    assert!(
        written(&Invite { location: fits.clone(), ..invite() }).contains(&format!("LOCATION:{fits}\r\n"))
    );
    let over = written(&Invite { location: format!("{fits}b"), ..invite() });
    assert!(over.contains(&format!("LOCATION:{fits}\r\n b\r\n")));
}

#[test]
fn i2_times_are_utc_and_name_no_zone() {
    let file = written(&invite());
    assert!(!file.contains("TZID") && !file.contains("VTIMEZONE"));
    let early = Millis::from_iso("2027-10-31T00:30:00Z").unwrap();
    let file = written(&Invite { start: early, end: early + 1_800_000, ..invite() });
    assert_eq!(value(&file, "DTSTART").unwrap(), "20271031T003000Z");
}

#[test]
fn i3_a_change_keeps_the_uid_and_counts_up() {
    let changed = Invite { sequence: next_sequence(0), ..invite() };
    assert_eq!(value(&written(&changed), "UID"), value(&written(&invite()), "UID"));
    assert_eq!(value(&written(&changed), "SEQUENCE").unwrap(), "1");
    assert_eq!(next_sequence(u32::MAX), next_sequence(MAX_SEQUENCE));
    assert_eq!(
        value(&written(&Invite { sequence: u32::MAX, ..invite() }), "SEQUENCE").unwrap(),
        "2147483647"
    );
}

#[test]
fn i4_a_cancellation_says_so_before_the_event() {
    let file = written(&Invite { method: Method::Cancel, sequence: 2, ..invite() });
    let at = |text: &str| file.find(text).unwrap();
    assert!(at("METHOD:CANCEL\r\n") < at("BEGIN:VEVENT"));
    assert!(at("STATUS:CANCELLED\r\n") > at("BEGIN:VEVENT"));
    assert_eq!(value(&file, "ORGANIZER;CN=\"Harbour Plumbing\"").unwrap(), "mailto:desk@harbour.example");
}

#[test]
fn i6_control_bytes_are_gone_and_line_breaks_stay_text() {
    let description = "a\u{0}b\u{7}c\rd\ne\r\nf\u{2028}g\th\u{1b}[0m".to_owned();
    let file = written(&Invite { description, ..invite() });
    assert_eq!(value(&file, "DESCRIPTION").unwrap(), "abc\nd\ne\nf\ng h[0m");
}

#[test]
fn names_with_syntax_in_them_stay_names() {
    let name = "Lee, Ann \"Al\": the ^n; boss\r\nATTENDEE:mailto:x@y.z";
    let attendee = Party { name: name.into(), ..invite().attendee };
    let file = written(&Invite { attendee, ..invite() });
    let lines = unfold(&file);
    let found: Vec<_> = lines.iter().filter(|l| l.starts_with("ATTENDEE")).collect();
    assert_eq!(found.len(), 1);
    assert!(
        found[0].starts_with("ATTENDEE;CN=\"Lee, Ann 'Al': the ^^n; boss  ATTENDEE:mailto:x@y.z\";CUTYPE")
    );
    let nameless = Party { name: "  ".into(), ..invite().organizer };
    assert!(written(&Invite { organizer: nameless, ..invite() }).contains("\r\nORGANIZER:mailto:"));
}

#[test]
fn what_no_calendar_would_take_is_refused() {
    let refused = |change: &dyn Fn(&mut Invite)| {
        let mut bad = invite();
        change(&mut bad);
        bad.write().unwrap_err()
    };
    assert_eq!(refused(&|i| i.uid = String::new()), Unwritable::Uid);
    assert_eq!(refused(&|i| i.uid = "a\r\nMETHOD:CANCEL".into()), Unwritable::Uid);
    assert_eq!(refused(&|i| i.end = i.start + 999), Unwritable::Times);
    assert_eq!(refused(&|i| i.end = Millis(i64::MAX)), Unwritable::Range);
    assert_eq!(refused(&|i| i.stamp = Millis(i64::MIN)), Unwritable::Range);
    for bad in ["", "nobody", "@x", "a@", "a b@c", "a@b\r\nX:1", "a@b@c"] {
        assert_eq!(refused(&|i| i.organizer.address = bad.into()), Unwritable::Organizer, "{bad}");
        assert_eq!(refused(&|i| i.attendee.address = bad.into()), Unwritable::Attendee, "{bad}");
    }
    for bad in ["javascript:alert(1)", "https://x/\r\nA:1", "https://x/a b", "desk.example", "https://é/"] {
        assert_eq!(refused(&|i| i.url = bad.into()), Unwritable::Url, "{bad}");
    }
}

#[test]
fn addresses_become_mailto_links() {
    assert_eq!(line::mailto("o'neil+x@a.example").unwrap(), "mailto:o'neil+x@a.example");
    assert_eq!(line::mailto("a%b?c&d@x.example").unwrap(), "mailto:a%25b%3Fc%26d@x.example");
    assert_eq!(line::mailto("zoë@x.example").unwrap(), "mailto:zo%C3%AB@x.example");
}

/// What a field means once a calendar has read it back.
fn meant(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    text.chars()
        .filter_map(|c| match c {
            '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
            '\t' => Some(' '),
            '\n' => Some('\n'),
            c if c.is_control() => None,
            c => Some(c),
        })
        .collect()
}

fn field() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>().prop_map(|s| s.chars().take(200).collect()),
        proptest::collection::vec(
            prop_oneof![
                Just("\r\n"),
                Just("\n"),
                Just("\r"),
                Just("\\"),
                Just(";"),
                Just(","),
                Just("\""),
                Just(":"),
                Just("END:VEVENT"),
                Just("\u{2028}"),
                Just("é"),
                Just("😀"),
                Just(" "),
                Just("word"),
                Just("\0"),
            ],
            0..40,
        )
        .prop_map(|parts| parts.concat().chars().take(200).collect()),
    ]
}

proptest! {
    #[test]
    fn whatever_is_typed_stays_in_its_field(
        summary in field(), description in field(), location in field(), name in field(), other in field(),
    ) {
        let invite = Invite {
            summary: summary.clone(),
            description: description.clone(),
            location: location.clone(),
            organizer: Party { name, ..invite().organizer },
            attendee: Party { name: other, ..invite().attendee },
            ..invite()
        };
        let file = written(&invite);
        prop_assert!(file.ends_with("END:VCALENDAR\r\n"));
        for line in file.split("\r\n") {
            prop_assert!(line.len() <= LINE_OCTETS);
            prop_assert!(!line.chars().any(char::is_control), "{line:?}");
        }
        let names: Vec<String> = unfold(&file)
            .iter()
            .map(|line| line.split([':', ';']).next().unwrap().to_owned())
            .collect();
        let mut wanted = vec![
            "BEGIN", "VERSION", "PRODID", "CALSCALE", "METHOD", "BEGIN", "UID", "DTSTAMP", "DTSTART", "DTEND",
            "SEQUENCE", "STATUS", "TRANSP", "SUMMARY", "ORGANIZER", "ATTENDEE",
        ];
        if !description.trim().is_empty() { wanted.push("DESCRIPTION"); }
        if !location.trim().is_empty() { wanted.push("LOCATION"); }
        wanted.extend(["URL", "END", "END"]);
        prop_assert_eq!(names, wanted);
        prop_assert_eq!(value(&file, "SUMMARY").unwrap(), meant(&summary));
        if !description.trim().is_empty() {
            prop_assert_eq!(value(&file, "DESCRIPTION").unwrap(), meant(&description));
        }
    }

    #[test]
    fn no_address_or_link_adds_a_line(address in any::<String>(), url in any::<String>()) {
        let party = Party { name: String::new(), address };
        if let Ok(file) = (Invite { attendee: party, url, ..invite() }).write() {
            prop_assert!(unfold(&file).len() <= 21);
        }
    }
}
