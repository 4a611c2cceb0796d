//! Any bytes at all: nothing panics, everything ends, no row is lost or judged twice.

use super::*;
use proptest::prelude::*;

const NOW: Millis = Millis(1_795_262_400_000);

fn spec() -> ImportSpec {
    ImportSpec { country: Some("GB".into()), ..ImportSpec::default() }
}

/// A reader that hands out a few bytes at a time, so that every boundary is met.
struct Drip {
    bytes: Vec<u8>,
    at: usize,
    step: usize,
}

impl Read for Drip {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let n = self.step.min(out.len()).min(self.bytes.len() - self.at);
        out[..n].copy_from_slice(&self.bytes[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}

fn rows(bytes: &[u8], step: usize) -> Result<Rows, FileProblem> {
    open(Box::new(Drip { bytes: bytes.to_vec(), at: 0, step }), None, &spec(), NOW)
}

fn row_of(row: &Row) -> u64 {
    match row {
        Row::Draft(draft) => draft.row,
        Row::Rejected(rejects) => rejects[0].row,
    }
}

/// Bytes that meet the parser's special cases far more often than chance would.
fn nasty() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(&b"phone,name\n"[..]),
        Just(&b"07700900123"[..]),
        Just(&b"\""[..]),
        Just(&b"\"\""[..]),
        Just(&b","[..]),
        Just(&b"\r"[..]),
        Just(&b"\r\n"[..]),
        Just(&b"\n"[..]),
        Just(&b";"[..]),
        Just(&b"{\"phone\":\"07700900123\"}"[..]),
        Just(&b"[{"[..]),
        Just(&b"{\"leads\":["[..]),
        Just(&b"}]}"[..]),
        Just(&b"\\"[..]),
        Just(&b"\xC3"[..]),
        Just(&b"\xE9\xFF"[..]),
        Just(&b"\xEF\xBB\xBF"[..]),
        Just(&b"\xFF\xFE"[..]),
        Just(&b"Zo\xC3\xAB"[..]),
        Just(&b"\0"[..]),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn survives(bytes: &[u8], step: usize) {
    let Ok(mut rows) = rows(bytes, step) else { return };
    let mut last = 0;
    let mut count = 0;
    while let Some(next) = rows.next() {
        count += 1;
        assert!(count <= bytes.len() + 2, "more rows than bytes");
        let Ok(row) = next else {
            assert!(rows.next().is_none(), "something follows an error");
            break;
        };
        assert!(row_of(&row) > last, "rows go forward");
        last = row_of(&row);
        assert!(rows.bytes_done() <= bytes.len() as u64);
    }
    assert!(rows.next().is_none());
}

/// A cell of a well-formed file, and how it is written.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z ]{0,8}",
        Just("a,b".to_string()),
        Just("l1\nl2".to_string()),
        Just("say \"hi\"".to_string())
    ]
}

fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2_000), step in 1usize..500) {
        survives(&bytes, step);
    }

    #[test]
    fn nasty_bytes_never_panic(bytes in nasty(), step in 1usize..20) {
        survives(&bytes, step);
        let headed = [b"phone,name\n", &bytes[..]].concat();
        survives(&headed, step);
    }

    #[test]
    fn every_row_has_exactly_one_verdict(
        cells in prop::collection::vec((prop::bool::ANY, cell(), cell()), 0..40), crlf in prop::bool::ANY,
    ) {
        let end = if crlf { "\r\n" } else { "\n" };
        let mut text = format!("phone,name,note{end}");
        for (phone, name, note) in &cells {
            let phone = if *phone { "07700900123" } else { "n/a" };
            text.push_str(&format!("{phone},{},{}{end}", quoted(name), quoted(note)));
        }
        let all: Vec<Row> = rows(text.as_bytes(), 7).expect("opens").map(|r| r.expect("row")).collect();
        prop_assert_eq!(all.len(), cells.len());
        for (i, (row, (phone, ..))) in all.iter().zip(&cells).enumerate() {
            prop_assert_eq!(row_of(row), i as u64 + 2);
            prop_assert_eq!(matches!(row, Row::Draft(_)), *phone);
        }
    }

    #[test]
    fn resuming_gives_the_same_rows(bytes in nasty(), to in 0u64..30) {
        let headed = [b"phone,name\n", &bytes[..]].concat();
        for text in [&bytes, &headed] {
            let (Ok(whole), Ok(mut resumed)) = (rows(text, 64), rows(text, 5)) else { continue };
            let whole: Vec<_> = whole.collect();
            let skipped = resumed.skip_to(to);
            let rest: Vec<_> = match skipped {
                Ok(()) => resumed.collect(),
                Err(problem) => vec![Err(problem)],
            };
            let want: Vec<_> = whole.into_iter().filter(|r| r.as_ref().map_or(true, |r| row_of(r) >= to)).collect();
            prop_assert_eq!(rest, want);
        }
    }
}
