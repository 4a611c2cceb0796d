//! CSV files as they come: encodings, separators, spreadsheets' damage, and whole rows.

use super::*;
use frontdesk_shared::contact::Channel;

const NOW: Millis = Millis(1_795_262_400_000);

fn read_as(bytes: &[u8], spec: &ImportSpec) -> Result<Vec<Row>, FileProblem> {
    let mut rows = CsvRows::open(bytes, spec, NOW)?;
    let all: Result<Vec<Row>, FileProblem> = rows.by_ref().collect();
    assert_eq!(rows.bytes_done(), bytes.len() as u64);
    all
}

fn read(bytes: &[u8]) -> Vec<Row> {
    read_as(bytes, &ImportSpec::default()).expect("readable")
}

fn gb() -> ImportSpec {
    ImportSpec { country: Some("GB".into()), label: "may.csv".into(), ..ImportSpec::default() }
}

/// Rows in short: `row phone name` or `row !field`.
fn brief(rows: &[Row]) -> Vec<String> {
    let reject = |r: &Reject| format!("{} !{}", r.row, r.field);
    rows.iter()
        .map(|row| match row {
            Row::Draft(d) if d.is_refusal() => format!("{} refused", d.row),
            Row::Draft(d) => format!("{} {} {}", d.row, d.raw_phone, d.name),
            Row::Rejected(all) => all.iter().map(reject).collect::<Vec<_>>().join(" "),
        })
        .collect()
}

fn utf16(text: &str) -> Vec<u8> {
    [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
}

#[test]
fn encodings_separators_and_line_ends() {
    let cases: Vec<(Vec<u8>, &[&str])> = vec![
        (b"phone,name\n07700900123,Bob\n".to_vec(), &["2 07700900123 Bob"]),
        (b"\xEF\xBB\xBFphone,name\r\n07700900123,Zo\xC3\xAB\r\n".to_vec(), &["2 07700900123 Zoë"]),
        (b"phone;name\r07700900123;Andr\xE9\r".to_vec(), &["2 07700900123 André"]),
        (utf16("phone\tname\r\n07700900123\tZoë £5\r\n"), &["2 07700900123 Zoë £5"]),
        (b"sep=;\nphone;name\n07700900123;Bob".to_vec(), &["2 07700900123 Bob"]),
        (b"phone|name\n07700900123|Bob".to_vec(), &["2 07700900123 Bob"]),
        (
            b"phone,name\n07700900123,\"Bob\nSmith\"\n\n,,\n07700900124,Al".to_vec(),
            &["2 07700900123 Bob Smith", "5 07700900124 Al"],
        ),
        (b"\n\nphone,name\n07700900123,Bob".to_vec(), &["4 07700900123 Bob"]),
    ];
    for (bytes, want) in cases {
        assert_eq!(brief(&read(&bytes)), want, "{}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn ragged_rows_are_read_where_they_can_be() {
    let rows = read(b"phone,name,x\n1234567,a\n07700900123,b,c,d\n07700900124,b,c,,\n07700900125,\"b,c\n07700900126,e,f\n");
    assert_eq!(brief(&rows), ["2 1234567 a", "3 !row", "4 07700900124 b", "5 !row", "6 07700900126 e"]);
    let Row::Rejected(rejects) = &rows[1] else { panic!("rejected") };
    assert!(rejects[0].reason.starts_with("4 fields where the header has 3"), "{}", rejects[0].reason);
    let rows = read(b"name,phone\nBob 07700900123\n");
    let Row::Rejected(rejects) = &rows[0] else { panic!("rejected") };
    assert!(rejects[0].reason.contains("is a separator missing?"), "{}", rejects[0].reason);
}

#[test]
fn a_byte_that_breaks_late_costs_nothing_but_a_warning() {
    let mut bytes = "phone,name,city\n".to_string();
    bytes.push_str(&"07700900123,Zoë,Köln\n".repeat(10_000));
    let mut bytes = bytes.into_bytes();
    bytes.extend(b"07700900124,Andr\xE9,K\xC3\xB6ln\n07700900125,x\0y,z\n07700900126,caf\xC3");
    let rows = read(&bytes);
    let Row::Draft(draft) = &rows[10_000] else { panic!("draft") };
    assert_eq!((draft.name.as_str(), draft.vars["city"].as_str()), ("André", "Köln"));
    assert!(draft.warnings[0].contains("“name”"), "{:?}", draft.warnings);
    assert_eq!(brief(&rows[10_001..]), ["10003 !row", "10004 07700900126 cafÃ"]);
}

#[test]
fn several_phones_and_names() {
    let text = "First name,Last name,Landline,Mobile,Mobile DNC,DNC\n\
                Bob,Smith,020 7946 0000,07700900123,no,\n\
                ,Acme Ltd,020 7946 0000,,,\n\
                A,B,020 7946 0000,07700900123,Yes,\n\
                A,B,,07700900123,Yes,n\n\
                A,B,020 7946 0000,,,listed\n\
                A,B,n/a,,,\n";
    let rows = read(text.as_bytes());
    let want = [
        "2 07700900123 Bob Smith",
        "3 020 7946 0000 Acme Ltd",
        "4 020 7946 0000 A B",
        "5 refused",
        "6 refused",
        "7 !phone",
    ];
    assert_eq!(brief(&rows), want);
    let Row::Draft(first) = &rows[0] else { panic!("draft") };
    assert_eq!(first.fallbacks, ["020 7946 0000"]);
}

#[test]
fn spreadsheet_damage() {
    let text = "Phone,Name\n=\"07700900123\",a\n'07700900123,b\n7700900123,c\n4.47912E+11,d\n\"=\"\"07700900123\"\"\",e\n";
    let rows = read_as(text.as_bytes(), &gb()).expect("readable");
    assert_eq!(
        brief(&rows),
        ["2 07700900123 a", "3 07700900123 b", "4 07700900123 c", "5 !phone", "6 07700900123 e"]
    );
}

#[test]
fn every_problem_of_a_row_is_told_at_once() {
    let text = "phone,name,email,country,timezone,consent,consent_at\n\
                07700900123,x,bob,Atlantis,Mars/Base,perhaps,01/02/2026\n";
    let long = format!("phone,name,x\n07700900123,{},{}\n", "n".repeat(201), "v".repeat(2_001));
    let warned = |text: &str| match read(text.as_bytes()).remove(0) {
        Row::Draft(d) => d.warnings,
        Row::Rejected(all) => panic!("{all:?}"),
    };
    let warnings = warned(text);
    for part in ["bob", "Atlantis", "Mars/Base", "perhaps", "01/02/2026"] {
        assert!(warnings.iter().any(|w| w.contains(part)), "{part}: {warnings:?}");
    }
    assert_eq!(warned(&long).len(), 2);
}

#[test]
fn consent_of_the_row_wins_over_the_statement() {
    let spec =
        ImportSpec { attest: Some("Jane Roy, web form, 2026-05-01: AI calls and texts".into()), ..gb() };
    let text = "phone,consent,consent_channels,consent_at\n07700900123,,,\n07700900124,no,,\n07700900125,yes,email,31/03/2026\n";
    let rows = read_as(text.as_bytes(), &spec).expect("readable");
    let channels: Vec<_> =
        rows.into_iter().filter_map(Row::draft).map(|d| d.consent.map(|c| c.channels)).collect();
    assert_eq!(channels, [Some(vec![Channel::AiVoice, Channel::Sms]), None, Some(vec![Channel::Email])]);
}

#[test]
fn what_the_row_leaves_out_comes_from_the_file() {
    let rows = read_as(b"phone,source,country,score\n07700900123,,,7\n07700900124,web,France,\n", &gb())
        .expect("readable");
    let drafts: Vec<LeadDraft> = rows.into_iter().filter_map(Row::draft).collect();
    assert_eq!((drafts[0].source.as_str(), drafts[0].country.as_deref()), ("may.csv", Some("GB")));
    assert_eq!((drafts[1].source.as_str(), drafts[1].country.as_deref()), ("web", Some("FR")));
    assert_eq!(drafts[0].vars["score"], "7");
}

#[test]
fn an_export_of_property_owners() {
    let text = "Address,State,Zip,APN,Owner 1 First Name,Owner 1 Last Name,Mailing State,Mailing Zip,Owner Occupied,\
                Do Not Mail,Phone 1,Phone 1 Type,Phone 1 DNC,Phone 2,Phone 2 DNC,Email 1,Litigator,Est. Value\r\n\
                \"1 Elm St\",TX,01104,00-1,Jane,Doe,TX,07701,No,Yes,(555) 010-2222,Mobile,No,,,j@example.com,No,\"$300,000\"\r\n\
                2 Elm St,TX,77084,00-2,,ACME LLC,TX,77001,No,No,(555) 010-3333,Mobile,Yes,(555) 010-4444,No,,No,\r\n\
                3 Elm St,TX,77084,00-3,Al,Hill,TX,77001,No,No,(555) 010-5555,Mobile,No,,,,Yes,\r\n\
                4 Elm St,TX,77084,00-4,Bo,Hill,TX,77001,No,No,,,,,,,No,\r\n";
    let rows = read(text.as_bytes());
    assert_eq!(
        brief(&rows),
        ["2 (555) 010-2222 Jane Doe", "3 (555) 010-4444 ACME LLC", "4 refused", "5 !phone"]
    );
    let Row::Draft(jane) = &rows[0] else { panic!("draft") };
    assert_eq!((jane.country.as_deref(), jane.postcode.as_deref()), (Some("US"), Some("07701")));
    assert_eq!((jane.vars["zip"].as_str(), jane.vars["est_value"].as_str()), ("01104", "$300,000"));
}

#[test]
fn files_without_a_header() {
    let rows = read(b"17,Bob Smith,bob@example.com,07700900123\n18,Al Hill,,07700900124\n");
    assert_eq!(brief(&rows), ["1 07700900123 Bob Smith", "2 07700900124 Al Hill"]);
}

#[test]
fn files_that_cannot_be_read_say_why() {
    let wide = format!("phone{}\n", ",x".repeat(100));
    let spec = ImportSpec::default;
    let cases: Vec<(&[u8], ImportSpec, &str)> = vec![
        (b"", spec(), "empty"),
        (b" \n\r\n ", spec(), "empty"),
        (b"\xEF\xBB\xBF", spec(), "empty"),
        (b"a,b\n1,2\n", spec(), "columns: a, b"),
        (b"\"a,b\n", spec(), "no column"),
        (b"PK\x03\x04", spec(), "xlsx"),
        (wide.as_bytes(), spec(), "101 columns"),
        (b"phone\n", ImportSpec { mapping: [("phone".into(), "fone".into())].into(), ..spec() }, "fone"),
        (b"phone\n", ImportSpec { country: Some("Mordor".into()), ..spec() }, "Mordor"),
        (b"phone\n", ImportSpec { attest: Some(" ".into()), ..spec() }, "empty"),
    ];
    for (bytes, spec, word) in cases {
        let problem = read_as(bytes, &spec).expect_err(word).to_string();
        assert!(problem.contains(word), "{problem}");
    }
    assert_eq!(read(b"phone,name\n"), []);
}

#[test]
fn a_hundred_columns_and_a_ten_megabyte_line() {
    let columns: Vec<String> = (2..=100).map(|i| format!("c{i}")).collect();
    let text = format!("phone,{}\n07700900123{}\n", columns.join(","), ",v".repeat(99));
    let rows = read(text.as_bytes());
    let Row::Draft(draft) = &rows[0] else { panic!("draft") };
    assert_eq!(draft.vars.len(), 99);
    let text = format!("phone,name\n07700900123,{}\n07700900124,b\n", "x".repeat(10_000_000));
    assert_eq!(brief(&read(text.as_bytes())), ["2 !row", "3 07700900124 b"]);
}

#[test]
fn the_format_is_chosen_by_type_then_by_content() {
    let csv = "phone\n07700900123\n";
    let json = r#" [{"phone":"07700900123"}]"#;
    let cases = [
        (csv, None),
        (csv, Some("text/csv; charset=utf-8")),
        (csv, Some("application/vnd.ms-excel")),
        (json, None),
        (json, Some("application/json")),
        (json, Some("application/x-ndjson")),
        (json, Some("application/x-www-form-urlencoded")),
    ];
    for (text, kind) in cases {
        let reader: Bytes = Box::new(std::io::Cursor::new(text.as_bytes()));
        let rows = open(reader, kind, &ImportSpec::default(), NOW).expect("opens");
        assert_eq!(rows.filter_map(Result::ok).filter_map(Row::draft).count(), 1, "{kind:?}");
    }
}

#[test]
fn a_reader_that_fails_ends_the_rows_with_the_reason() {
    struct Failing(usize);
    impl Read for Failing {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            self.0 += 1;
            let row = b"07700900123,a\n";
            match self.0 {
                1 => {
                    out[..6].copy_from_slice(b"phone,");
                    out[6..8].copy_from_slice(b"x\n");
                    Ok(8)
                }
                2..10_000 => {
                    out[..row.len()].copy_from_slice(row);
                    Ok(row.len())
                }
                _ => Err(std::io::Error::other("connection lost")),
            }
        }
    }
    let rows: Vec<_> = CsvRows::open(Failing(0), &ImportSpec::default(), NOW).expect("opens").collect();
    let (last, before) = rows.split_last().expect("rows");
    assert_eq!(last, &Err(FileProblem::Read("connection lost".into())));
    assert!(before.len() > 4_000 && before.iter().all(Result::is_ok));
}
