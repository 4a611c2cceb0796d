//! Small files that once gave a wrong answer, and others of their kinds.

use super::*;
use crate::phone;
use frontdesk_shared::contact::Channel::{self, AiVoice, Email, Sms};

const NOW: Millis = Millis(1_795_262_400_000);

macro_rules! case {
    ($name:literal) => {
        include_str!(concat!("../../../../tests/fixtures/cases/intake/", $name))
    };
}

fn rows_of(text: &str, home: &str, spec: &ImportSpec) -> Result<Vec<Row>, FileProblem> {
    let reader: Bytes = Box::new(std::io::Cursor::new(text.as_bytes().to_vec()));
    open_for(reader, None, spec, Some(home), NOW)?.collect()
}

fn drafts(text: &str, home: &str) -> Vec<LeadDraft> {
    let rows = rows_of(text, home, &ImportSpec::default()).unwrap_or_else(|e| panic!("{text}: {e}"));
    let all = rows.len();
    let drafts: Vec<LeadDraft> = rows.clone().into_iter().filter_map(Row::draft).collect();
    assert_eq!(drafts.len(), all, "{text}: {rows:#?}");
    drafts
}

fn number(draft: &LeadDraft) -> Result<String, phone::PhoneError> {
    let read = match &draft.dial_code {
        Some(code) => phone::normalise_with_code(&draft.raw_phone, code),
        None => phone::normalise(&draft.raw_phone, draft.country.as_deref()),
    };
    read.map(|p| p.e164().to_owned())
}

fn granted(draft: &LeadDraft) -> Vec<Channel> {
    draft.consent.as_ref().map(|c| c.channels.clone()).unwrap_or_default()
}

const CONSENT: &str = "consent_channels,consent_text,consent_at";
const GIVEN: &str = "ai_voice,I agree to AI calls,2026-11-01";

#[test]
fn refusals_of_the_cases() {
    assert!(drafts(case!("c01b-later-do-not-call.csv"), "GB")[0].is_refusal());
    let no = &drafts(case!("c01c-later-consent-no.csv"), "GB")[0];
    assert_eq!((no.refused.len(), no.against.as_str()), (3, "no consent: “consent” is no"));
    let twice = drafts(case!("c01d-same-file.csv"), "GB");
    assert_eq!((twice[0].is_refusal(), twice[1].is_refusal()), (false, true));
    let marked = &drafts(case!("c01e-dnc-mark-on-same-number.csv"), "GB")[0];
    assert_eq!(
        (marked.refusals.len(), marked.refusals[0].numbers.as_slice()),
        (1, &["07700900101".to_string()][..])
    );
    for text in [case!("c02a-ghl-dnd.csv"), case!("c02c-dynamics.csv"), case!("c02e-tps.csv")] {
        let draft = &drafts(text, "GB")[0];
        assert!(draft.is_refusal(), "{text}");
        assert_eq!(number(draft).as_deref(), Ok("+447700900101"), "{text}");
    }
}

/// Headers that refuse when they say yes, with what a yes and a no look like.
#[test]
fn refusals_in_other_words() {
    let headers = [
        "DND",
        "Do not disturb",
        "DNC Status",
        "do_not_call",
        "DoNotCall",
        "TPS",
        "CTPS registered",
        "Litigator",
        "Blacklisted",
        "Opt-out",
        "Opted Out",
        "Unsubscribed",
        "Phone Opt Out",
        "Call opt-out",
        "Nicht anrufen",
        "Ne pas appeler",
        "No llamar",
        "Do not allow Phone Calls",
        "Robinson",
        "Suppressed",
        "Don't call",
    ];
    let refusing = [
        "yes",
        "TRUE",
        "1",
        "x",
        "Y",
        "Do Not Allow",
        "registered",
        "Opted out",
        "2026-10-01",
        "blocked",
        "Ja",
        "oui",
        "DNC",
        "on the list",
        "permanent",
        "STOP",
        "maybe",
    ];
    let allowing = [
        "",
        "no",
        "FALSE",
        "0",
        "n/a",
        "Allow",
        "Not registered",
        "Callable",
        "Never",
        "Opted in",
        "not listed",
        "nein",
        "clean",
        "-",
        "inactive",
    ];
    for header in headers {
        for (cells, refused) in [(&refusing[..], true), (&allowing[..], false)] {
            for cell in cells {
                let text = format!("name,phone,{header},{CONSENT}\nIda,07700 900131,{cell},{GIVEN}\n");
                let draft = &drafts(&text, "GB")[0];
                assert_eq!(draft.is_refusal(), refused, "{header}={cell}");
                assert_eq!(draft.raw_phone, "07700 900131", "{header}={cell}");
                let json = serde_json::json!([{"phone": "07700 900131", header: cell}]).to_string();
                assert_eq!(drafts(&json, "GB")[0].is_refusal(), refused, "{json}");
            }
        }
    }
}

/// The same words in every style programs write headers in.
fn styles(words: &[&str]) -> Vec<String> {
    let title = |w: &&str| w[..1].to_uppercase() + &w[1..];
    let titled: Vec<String> = words.iter().map(title).collect();
    let camel = words[0].to_string() + &titled[1..].concat();
    vec![
        words.join(" "),
        titled.join(" "),
        words.join("_"),
        words.join("-"),
        words.join("."),
        words.join(" ").to_uppercase(),
        words.join("_").to_uppercase(),
        words.concat(),
        camel,
        titled.concat(),
        format!("  {}? ", titled.join(" ")),
    ]
}

#[test]
fn refusals_in_every_style() {
    for words in [
        &["do", "not", "call"][..],
        &["do", "not", "contact"],
        &["do", "not", "phone"],
        &["opt", "out"],
        &["opted", "out"],
        &["has", "opted", "out"],
        &["opt", "out", "date"],
        &["opted", "out", "at"],
        &["phone", "opt", "out"],
        &["call", "opt", "out"],
        &["dnc", "status"],
        &["dnc", "flag"],
        &["tps", "registered"],
        &["ctps", "status"],
        &["black", "listed"],
        &["unsubscribed", "at"],
    ] {
        for header in styles(words) {
            for (cell, refused) in [("yes", true), ("2026-10-01", true), ("no", false), ("never", false)] {
                let text = format!("phone,{header}\n07700900131,{cell}\n");
                assert_eq!(drafts(&text, "GB")[0].is_refusal(), refused, "{header}={cell}");
            }
        }
    }
}

#[test]
fn opt_ins_that_say_no_refuse() {
    for (header, channels) in [
        ("Phone opt-in", &[AiVoice][..]),
        ("Call Opt In", &[AiVoice]),
        ("Voice consent", &[AiVoice]),
        ("OK to call", &[AiVoice]),
        ("Allow calls", &[AiVoice]),
        ("SMS opt-in", &[Sms]),
        ("emailOptIn", &[Email]),
        ("Opt-in", &[AiVoice, Sms, Email]),
        ("Marketing consent", &[AiVoice, Sms, Email]),
        ("Contactable", &[AiVoice, Sms, Email]),
    ] {
        for cell in ["No", "false", "0", "Opted out", "declined", "never", "not allowed", "withdrawn", "nein"]
        {
            let text = format!("name,phone,{header}\nIda,07700 900131,{cell}\n");
            let draft = &drafts(&text, "GB")[0];
            assert_eq!(draft.refused, channels, "{header}={cell}");
            assert_eq!(draft.consent, None, "{header}={cell}");
        }
        for cell in ["Yes", "true", "Allowed", "Opted in"] {
            let text = format!("name,phone,{header}\nIda,07700 900131,{cell}\n");
            let draft = &drafts(&text, "GB")[0];
            assert!(
                draft.refused.is_empty() && !granted(draft).contains(&AiVoice),
                "{header}={cell}: {draft:?}"
            );
        }
    }
}

#[test]
fn dispositions_and_tags_refuse_in_strong_words_only() {
    for header in ["Disposition", "Status", "Call Status", "Lead Status", "Tags", "Last call result"] {
        for (cell, refused) in [
            ("DNC", true),
            ("Do Not Call", true),
            ("new; dnc", true),
            ("Not interested", false),
            ("Callback", false),
            ("", false),
        ] {
            let draft = &drafts(&format!("phone,{header}\n07700900131,{cell}\n"), "GB")[0];
            assert_eq!(draft.is_refusal(), refused, "{header}={cell}");
        }
    }
}

#[test]
fn nested_json_refuses() {
    for (text, refused) in [
        (
            r#"[{"phone":"07700900131","dndSettings":{"Call":{"status":"active","message":"asked","code":"1"}}}]"#,
            true,
        ),
        (
            r#"[{"phone":"07700900131","dndSettings":{"Call":{"status":"inactive"},"SMS":{"status":"active"}}}]"#,
            false,
        ),
        (r#"[{"phone":"07700900131","dndSettings":{"Call":{"status":"permanent"}}}]"#, true),
        (r#"[{"phone":"07700900131","inboundDndSettings":{"all":{"status":"active","message":""}}}]"#, true),
        (r#"[{"phone":"07700900131","dnd":true}]"#, true),
        (r#"[{"contact":{"phone":"07700900131","doNotCall":true}}]"#, true),
        (r#"[{"phone":"07700900131","preferences":{"doNotContact":"yes"}}]"#, true),
        (r#"[{"phone":"07700900131","compliance":{"flags":{"onTps":true}}}]"#, true),
        (r#"[{"properties":{"phone":{"value":"07700900131"},"optedOut":{"value":"true"}}}]"#, true),
        (r#"[{"phone":"07700900131","dnc":{"status":"Not registered","checkedAt":"2026-11-01"}}]"#, false),
        (r#"[{"phone":"07700900131","tags":["vip","dnc"]}]"#, true),
        (r#"[{"phone":"07700900131","lists":[{"name":"x","dnc":true}]}]"#, true),
    ] {
        let draft = &drafts(text, "GB")[0];
        assert_eq!(draft.is_refusal(), refused, "{text}: {draft:?}");
    }
    let sms = &drafts(r#"[{"phone":"07700900131","dndSettings":{"SMS":{"status":"active"}}}]"#, "GB")[0];
    assert_eq!(sms.refused, [Sms]);
}

#[test]
fn a_column_that_smells_and_is_not_understood_is_a_question() {
    for text in [
        "phone,Consent tier\n07700900131,gold\n",
        "phone,DNC notes\n07700900131,\n",
        r#"[{"phone":"07700900131","consentTier":"gold"}]"#,
    ] {
        let problem = rows_of(text, "GB", &ImportSpec::default()).expect_err(text);
        assert!(matches!(problem, FileProblem::Question { .. }), "{problem}");
        let told = problem.to_string();
        assert!(told.contains("=ignore") && told.contains("“"), "{told}");
    }
    let spec = ImportSpec {
        mapping: [("Consent tier".to_string(), "ignore".to_string())].into(),
        ..ImportSpec::default()
    };
    let rows = rows_of("phone,Consent tier\n07700900131,gold\n", "GB", &spec).expect("answered");
    assert!(matches!(&rows[0], Row::Draft(d) if !d.says_no()));
}

#[test]
fn consent_fails_closed() {
    for draft in drafts(case!("c03-consent-revoked.json"), "GB") {
        assert_eq!((granted(&draft), draft.refused.as_slice()), (vec![], &[AiVoice][..]), "{draft:?}");
        assert!(draft.against.starts_with("no consent: "), "{}", draft.against);
    }
    for (consent, channels) in [
        (r#"{"channels":["ai_voice"],"granted":true}"#, vec![AiVoice]),
        (r#"{"channels":["ai_voice"],"status":"active","at":"2026-11-01"}"#, vec![AiVoice]),
        (r#"{"ai_voice":true,"sms":false}"#, vec![AiVoice]),
        (r#"{"channels":["ai_voice"],"revoked_at":null}"#, vec![AiVoice]),
        (r#"{"channels":["ai_voice"],"expires_at":"2028-01-01"}"#, vec![AiVoice]),
        (r#"{"channels":["ai_voice"],"expires_at":"2026-11-02"}"#, vec![]),
        (r#"{"channels":["ai_voice"],"withdrawn":true}"#, vec![]),
        (r#"{"channels":["ai_voice"],"withdrawn":"2026-11-02"}"#, vec![]),
        (r#"{"channels":["ai_voice"],"optedOut":true}"#, vec![]),
        (r#"{"channels":["ai_voice"],"status":"pending"}"#, vec![]),
        (r#"{"channels":["ai_voice"],"level":"gold"}"#, vec![]),
        (r#"{"channels":["ai_voice"],"text":"I do not want AI calls"}"#, vec![]),
        (r#"{"phone":true}"#, vec![]),
        (r#"{"channels":["phone"],"granted":true}"#, vec![]),
        (r#"{"channels":["ai_voice"],"given":"no"}"#, vec![]),
        (r#"{"channels":["ai_voice"],"consented":"revoked"}"#, vec![]),
    ] {
        let spec =
            ImportSpec { attest: Some("Jane Roy: AI calls, web form".into()), ..ImportSpec::default() };
        let text = format!(r#"[{{"phone":"07700900131","consent":{consent}}}]"#);
        let rows = rows_of(&text, "GB", &spec).expect("rows");
        let Row::Draft(draft) = &rows[0] else { panic!("{consent}: {rows:?}") };
        let want = if consent == r#"{"phone":true}"# || consent.contains(r#"["phone"]"#) {
            vec![AiVoice]
        } else {
            channels
        };
        assert_eq!(granted(draft), want, "{consent}: {draft:?}");
    }
}

#[test]
fn a_presets_numbers_are_its_countrys() {
    let draft = &drafts(case!("c05-propstream-gb-client.csv"), "GB")[0];
    assert_eq!((number(draft).as_deref(), draft.state.as_deref()), (Ok("+17135550102"), Some("TX")));
    assert_eq!(draft.country.as_deref(), Some("US"));
    let us = "Name,Phone,State,ZIP\nIda,(713) 555-0144,Texas,77002\nAl,4695550145,TX,75201\n";
    assert_eq!(number(&drafts(us, "GB")[1]).as_deref(), Ok("+14695550145"));
}

#[test]
fn numbers_of_elsewhere_are_held() {
    let draft = &drafts(case!("c06-foreign-without-plus.csv"), "GB")[0];
    assert_eq!(number(draft), Err(phone::PhoneError::MissingPlus("GB".into(), "AE".into())));
    let unclear = &drafts("phone,country\n07700900131,Atlantis\n", "GB")[0];
    assert!(number(unclear).is_err_and(|e| e.is_ambiguous()) && unclear.warnings.len() == 1);
    assert!(number(&drafts("phone,country\n+447700900131,Atlantis\n", "GB")[0]).is_ok());
}

#[test]
fn addresses_and_codes() {
    let zips = drafts(case!("c07-postcode-zone.csv"), "GB");
    for draft in &zips {
        assert!(number(draft).is_ok_and(|n| n.starts_with("+1212555")), "{draft:?}");
        assert_eq!(draft.postcode.as_deref(), Some("90210"));
    }
    let dialer = &drafts(case!("c08-dial-code.csv"), "GB")[0];
    assert_eq!((number(dialer).as_deref(), dialer.name.as_str()), (Ok("+12075550102"), "Bob"));
    for (text, want) in [
        ("Country code,Mobile\n+44,7700900131\n", "+447700900131"),
        ("countryCallingCode,phone\n0033,0612345678\n", "+33612345678"),
        ("dial_code,phone\n1.0,(212) 555-0133\n", "+12125550133"),
        ("country code,phone\nUS,(212) 555-0133\n", "+12125550133"),
    ] {
        assert_eq!(number(&drafts(text, "GB")[0]).as_deref(), Ok(want), "{text}");
    }
}

#[test]
fn rows_are_refused_only_for_what_makes_them_useless() {
    let short = drafts(case!("c09-short-rows.csv"), "GB");
    assert_eq!(short.iter().map(|d| d.name.as_str()).collect::<Vec<_>>(), ["Ada", "Bob", "Cy"]);
    let optional = drafts(case!("c10-optional-cells.csv"), "GB");
    assert!(optional[0].email.is_none() && optional[0].warnings[0].contains("no email"), "{:?}", optional[0]);
    assert_eq!(optional[1].timezone.as_deref(), Some("Europe/London"));
    assert!(granted(&optional[2]).is_empty() && !optional[2].warnings.is_empty(), "{:?}", optional[2]);
    assert!(optional[3].warnings.iter().all(|w| !w.contains("consent_at")), "{:?}", optional[3]);
    let odd = format!(
        "phone,name,email,country,timezone,state,consent_at,x\n+447700900131,{},@,Atlantis,Mars/Base,?,soon,{}\n",
        "n".repeat(300),
        "v".repeat(2_100)
    );
    let odd = &drafts(&odd, "GB")[0];
    assert_eq!(
        (odd.name.len(), odd.vars["x"].len(), odd.timezone.as_deref()),
        (200, 2_000, Some("Mars/Base"))
    );
    assert!(odd.warnings.len() >= 6, "{:?}", odd.warnings);
}

#[test]
fn several_numbers_and_extensions() {
    let all = drafts(case!("c12-many-numbers.csv"), "GB");
    let numbers: Vec<_> = all.iter().map(|d| number(d).expect("a number")).collect();
    assert_eq!(
        numbers,
        [
            "+447700900122",
            "+447700900124",
            "+447700900121",
            "+442079460119",
            "+442079460120",
            "+447700900126"
        ]
    );
    for i in [3, 4] {
        assert!(all[i].warnings.iter().any(|w| w.contains("extension")), "{:?}", all[i].warnings);
    }
}

#[test]
fn ids_and_other_people_are_not_dialed() {
    for home in ["GB", "US"] {
        let problem = rows_of(case!("c13-headerless-ids-us.csv"), home, &ImportSpec::default())
            .expect_err("a question");
        assert!(problem.to_string().contains("which column"), "{problem}");
    }
    let spec = ImportSpec {
        mapping: [("column 3".to_string(), "phone".to_string())].into(),
        ..ImportSpec::default()
    };
    let rows = rows_of(case!("c13-headerless-ids-us.csv"), "US", &spec).expect("answered");
    assert!(matches!(&rows[0], Row::Draft(d) if d.raw_phone == "2125550101"), "{rows:?}");
    let draft = &drafts(case!("c14-someone-elses-phone.csv"), "GB")[0];
    assert_eq!((draft.raw_phone.as_str(), draft.name.as_str()), ("020 7946 0101", "Ada"));
    assert!(draft.fallbacks.is_empty() && draft.vars["user_phone"] == "020 7946 0000");
    for other in
        ["Agent Phone", "Emergency contact phone", "Spouse mobile", "Referrer Phone", "Manager phone"]
    {
        let text = format!("{other},Phone\n020 7946 0000,07700900131\n");
        let draft = &drafts(&text, "GB")[0];
        assert_eq!((draft.raw_phone.as_str(), draft.fallbacks.len()), ("07700900131", 0), "{other}");
        let only = format!("Name,{other}\nIda,020 7946 0000\n");
        assert!(rows_of(&only, "GB", &ImportSpec::default()).is_err(), "{other}");
    }
}

#[test]
fn forms_and_titles() {
    let draft = &drafts(case!("c15-form-body.txt"), "GB")[0];
    assert_eq!((draft.raw_phone.as_str(), draft.name.as_str()), ("07700900101", "Ada"));
    let titled =
        drafts("Leads of May,,\nExported 2026-05-31,,\n\nName,Tel.,Town\nIda,07700900131,Bath\n", "GB");
    assert_eq!((titled[0].row, titled[0].name.as_str(), titled[0].vars["town"].as_str()), (5, "Ida", "Bath"));
    let semicolons = drafts("Leads of May\nName;Tel.\nIda;07700900131\nAl;07700900132\n", "GB");
    assert_eq!((semicolons.len(), semicolons[1].name.as_str()), (2, "Al"));
}

#[test]
fn remarks_and_rows_of_the_wrong_shape_refuse_too() {
    for header in ["notes", "Comment", "Agent notes"] {
        let text = format!("name,phone,{header}\nIda,07700 900131,DO NOT CALL - she asked us to stop\n");
        let draft = &drafts(&text, "GB")[0];
        assert!(draft.is_refusal(), "{header}: {draft:?}");
        let text = format!(
            "name,phone,consent_channels,consent_text,{header}\nIda,07700 900131,ai_voice,Call me,says she does not want to be called\n"
        );
        let draft = &drafts(&text, "GB")[0];
        assert!(draft.is_refusal() || granted(draft).is_empty(), "{header}: {draft:?}");
        let text = format!(
            "name,phone,consent_channels,consent_text,{header}\nIda,07700 900131,ai_voice,Call me,wants an implant\n"
        );
        assert_eq!(granted(&drafts(&text, "GB")[0]), [AiVoice], "{header}");
    }
    for text in [
        "name,phone,do_not_call,x\nMoor, Ida,07700 900131,yes,\n",
        "name,phone,do_not_call,x\nMoor, Ida,07700 900131,yes,a\n",
        "name,phone,status,x\nIda,07700 900131,new,DNC,a\n",
    ] {
        let draft = &drafts(text, "GB")[0];
        assert!(draft.is_refusal() && number(draft).as_deref() == Ok("+447700900131"), "{text}: {draft:?}");
        assert!(!draft.unusable.is_empty() || text.contains("yes,\n"), "{text}: {draft:?}");
    }
}

/// Values that strangers sent and that were once stored as consent to AI calls.
#[test]
fn no_value_that_says_no_asks_or_limits_is_consent() {
    let values = [
        "AI voice: declined",
        "ai_voice: no",
        "ai_voice=0",
        "ai_voice: n",
        "AI voice (no)",
        r#"{""ai_voice"":false}"#,
        "sms: yes, ai_voice: no",
        "!ai_voice",
        "-ai_voice",
        "AI voice: refused",
        "AI voice: opted out",
        "AI voice: not given",
        "AI voice: nein",
        "AI voice: non",
        "AI voice: none",
        "AI voice: unknown",
        "AI voice: pending",
        "AI voice: asked",
        "AI voice: requested",
        "AI voice: tbc",
        "AI voice: N/A",
        "AI voice: null",
        "AI voice: -",
        "AI voice: ✗",
        "AI voice ❌",
        "AI voice = [ ]",
        "AI voice?",
        "AI voice unchecked",
        "AI voice calls until 2026-11-10",
        "AI voice (expires 2026-01-01)",
        "AI voice from 2027-01-01",
        "AI voice, not on weekends",
        "AI calls on weekdays only",
        "AI calls only if urgent",
        "I hate AI voice calls",
        "I disagree to AI calls",
        "ai_voice=false;sms=true",
        "all",
        "calls",
        "phone",
        "voice",
    ];
    for header in ["Consent", "Consent channels", "Opt-in", "consent_ai_voice"] {
        for value in values {
            let text = format!("name,phone,{header}\nIda,07700 900131,\"{value}\"\n");
            for draft in drafts(&text, "GB") {
                let plain = header == "consent_ai_voice" && matches!(value, "calls" | "phone" | "voice");
                assert!(plain || !granted(&draft).contains(&AiVoice), "{header}={value}: {draft:?}");
                let told = !draft.warnings.is_empty() || !draft.against.is_empty();
                assert!(plain || told, "{header}={value} is held without a word: {draft:?}");
            }
        }
    }
    for value in ["ai_voice", "ai_voice+sms+email", "calls by AI, texts", "AI voice calls", "AI calls: yes"] {
        for header in ["Consent", "Consent channels"] {
            let draft = &drafts(&format!("name,phone,{header}\nIda,07700 900131,\"{value}\"\n"), "GB")[0];
            assert!(
                granted(draft).contains(&AiVoice) && draft.warnings.is_empty(),
                "{header}={value}: {draft:?}"
            );
        }
    }
}
