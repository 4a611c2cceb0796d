//! JSON files as they come: shapes, mistakes, and what becomes of them.

use super::json_split::{Elements, Piece};
use super::source::Source;
use super::*;

fn split(text: &str) -> (Vec<String>, Option<String>) {
    let mut elements = Elements::new(Source::open(text.as_bytes()).expect("text"));
    let mut found = Vec::new();
    loop {
        match elements.next() {
            Ok(Piece::Element(_)) => found.push(String::from_utf8_lossy(elements.element()).into_owned()),
            Ok(Piece::Oversized(why)) => found.push(format!("! {why}")),
            Ok(Piece::End) => return (found, None),
            Err(problem) => return (found, Some(problem.to_string())),
        }
    }
}

#[test]
fn all_shapes_are_read() {
    let ab = vec![r#"{"a":1}"#.to_string(), r#"{"b":"x]"}"#.to_string()];
    for text in [
        r#"[{"a":1},{"b":"x]"}]"#,
        r#" [ {"a": 1} , {"b" :"x]"} ] "#,
        r#"{"leads":[{"a":1},{"b":"x]"}]}"#,
        r#"{"client":"c","n":{"leads":[1]},"leads":[{"a":1},{"b":"x]"}],"more":[1,{}]}"#,
        "{\"a\":1}\n{\"b\":\"x]\"}\n",
        "{\"a\":1}{\"b\":\"x]\"}",
    ] {
        assert_eq!(split(text), (ab.clone(), None), "{text}");
    }
    assert_eq!(split("[]"), (vec![], None));
    assert_eq!(split(r#"{"leads":[]}"#), (vec![], None));
    assert_eq!(split(r#"{"leads":5}"#), (vec![r#"{"leads":5}"#.into()], None));
    assert_eq!(split(r#"[1,"a",null]"#).0, ["1", "\"a\"", "null"]);
}

#[test]
fn broken_structure_is_placed_and_earlier_elements_stay() {
    let cases = [
        ("[{\"a\":1}\n {\"b\":2}]", "byte 10 (line 2, column 2): expected , or ]"),
        ("[{\"a\":1},]", "byte 9 (line 1, column 10): expected another element"),
        ("[{\"a\":1},{\"b\":\"x\n\"}]", "byte 14 (line 1, column 15): this string"),
        ("[{\"a\":1}", "byte 8 (line 1, column 9): the text ends"),
        ("{\"leads\":[{\"a\":1}] x", "expected , or }"),
        ("[{\"a\":1}] x", "expected the end"),
        ("{\"a\":1}\nx", "line 2, column 1"),
    ];
    for (text, want) in cases {
        let (found, problem) = split(text);
        assert_eq!(found, [r#"{"a":1}"#], "{text}");
        let problem = problem.expect(text);
        assert!(problem.contains(want), "{problem}");
    }
    assert!(split("hello").1.is_some());
}

#[test]
fn large_and_deep_elements_are_passed_over() {
    let long = format!("[{{\"a\":\"{}\"}},1]", "x".repeat(1_000_000));
    assert_eq!(split(&long), (vec!["! longer than 64 KiB".into(), "1".into()], None));
    let deep = format!(
        "[{}{},{{\"a\":{}1{}}},2]",
        "[".repeat(9_000),
        "]".repeat(9_000),
        "[".repeat(40),
        "]".repeat(40)
    );
    let deeper = "! nested deeper than 32 levels".to_string();
    assert_eq!(split(&deep), (vec![deeper.clone(), deeper, "2".into()], None));
}

const NOW: Millis = Millis(1_795_262_400_000);

fn rows(text: &str, spec: &ImportSpec) -> Vec<Result<Row, FileProblem>> {
    let reader: Bytes = Box::new(std::io::Cursor::new(text.as_bytes().to_vec()));
    open(reader, Some("application/json"), spec, NOW).expect("opens").collect()
}

fn one(text: &str) -> Result<LeadDraft, Vec<Reject>> {
    match rows(text, &ImportSpec::default()).remove(0).expect("row") {
        Row::Draft(draft) => Ok(draft),
        Row::Rejected(rejects) => Err(rejects),
    }
}

#[test]
fn a_lead_with_everything() {
    let draft = one(r#"{"leads":[{"phone":"07700 900123","name":"Zoë","email":"z@example.com","source":"web","country":"uk",
        "timezone":"europe/london","budget":1200.5,"tags":["a","b"],"extra":{"k":[1]},"ok":true,"none":null,
        "variables":{"pet":"cat"},
        "consent":{"channels":["ai_voice","sms"],"text":"Call me","at":"2026-05-01T10:00:00Z","evidence":"form 7"}}]}"#)
    .expect("draft");
    assert_eq!((draft.row, draft.raw_phone.as_str(), draft.name.as_str()), (1, "07700 900123", "Zoë"));
    assert_eq!((draft.country.as_deref(), draft.timezone.as_deref()), (Some("GB"), Some("Europe/London")));
    let vars: Vec<_> = draft.vars.iter().map(|(k, v)| format!("{k}={v}")).collect();
    assert_eq!(vars, ["budget=1200.5", "extra={\"k\":[1]}", "ok=true", "pet=cat", "tags=a, b"]);
    let consent = draft.consent.expect("consent");
    assert_eq!(consent.channels.len(), 2);
    assert_eq!((consent.text.as_str(), consent.evidence.as_str()), ("Call me", "form 7"));
    assert_eq!(consent.at.map(Millis::iso).as_deref(), Some("2026-05-01T10:00:00.000Z"));
    assert_eq!(draft.warnings, Vec::<String>::new());
}

#[test]
fn values_of_the_wrong_kind_are_named() {
    let cases = [
        (r#"[{"phone":4.47e11}]"#, "phone", "fraction"),
        (r#"[{"phone":{"a":1}}]"#, "phone", "must be text"),
        (r#"[{"name":"x"}]"#, "phone", "no phone"),
        (r#"["07700900123"]"#, "row", "an object"),
        (r#"[{"phone":07700900123}]"#, "row", "byte 1 "),
    ];
    for (text, field, word) in cases {
        let rejects = one(text).expect_err(text);
        assert_eq!((rejects[0].row, rejects[0].field.as_str()), (1, field), "{text}");
        assert!(rejects[0].reason.contains(word), "{text}: {}", rejects[0].reason);
    }
    for (text, word) in [
        (r#"[{"phone":"07700900123","consent":{"at":"2999-01-01"}}]"#, "future"),
        (r#"[{"phone":"07700900123","email":"bob"}]"#, "no @"),
    ] {
        let draft = one(text).expect(text);
        assert!(draft.warnings[0].contains(word), "{text}: {:?}", draft.warnings);
    }
    let draft = one(r#"[{"phone":447700900123}]"#).expect("draft");
    assert_eq!((draft.raw_phone.as_str(), draft.warnings.len()), ("447700900123", 1));
    let draft = one(r#"[{"phones":"x","phone":["07700900123","07700900456"]}]"#).expect("draft");
    assert_eq!((draft.raw_phone.as_str(), draft.fallbacks), ("07700900123", vec!["07700900456".to_string()]));
    assert_eq!(one(r#"[{"phone":"07700900123","consent":false}]"#).expect("draft").refused.len(), 3);
}

#[test]
fn a_broken_file_keeps_its_earlier_rows() {
    let spec = ImportSpec::default();
    let all = rows("{\"phone\":\"07700900123\"}\n{\"phone\":\"077", &spec);
    assert!(matches!(all[0], Ok(Row::Draft(_))));
    let problem = all[1].as_ref().expect_err("broken").to_string();
    assert!(problem.contains("line 2, column 10"), "{problem}");
    assert_eq!(all.len(), 2);
    let wide: Vec<String> = (0..101).map(|i| format!("\"k{i}\":1")).collect();
    assert!(matches!(rows(&format!("[{{{}}}]", wide.join(",")), &spec)[0], Ok(Row::Rejected(_))));
}

#[test]
fn mapping_and_resuming() {
    let spec =
        ImportSpec { mapping: [("who".to_string(), "name".to_string())].into(), ..ImportSpec::default() };
    let text = r#"[{"phone":"07700900123","who":"A"},5,{"tel":"07700900124","who":"B"}]"#;
    let whole = rows(text, &spec);
    assert!(matches!(&whole[2], Ok(Row::Draft(d)) if d.name == "B" && d.row == 3));
    let reader: Bytes = Box::new(std::io::Cursor::new(text.as_bytes().to_vec()));
    let mut resumed = open(reader, None, &spec, NOW).expect("opens");
    resumed.skip_to(3).expect("skips");
    assert_eq!(resumed.by_ref().collect::<Vec<_>>(), whole[2..].to_vec());
    assert_eq!(resumed.bytes_done(), text.len() as u64);
}
