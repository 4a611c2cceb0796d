//! Every kept input of the fuzzing targets, run as ordinary tests: the small corpora the engine
//! starts from, and what once went wrong.

use frontdesk_tests::fuzz::TARGETS;
use frontdesk_tests::source;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

/// The inputs of a target: name below `fuzz/` and bytes.
fn inputs(target: &str) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for folder in ["corpus", "regressions"] {
        let below: PathBuf = source::root().join("fuzz").join(folder).join(target);
        let Ok(entries) = fs::read_dir(&below) else { continue };
        for path in entries.map(|entry| entry.expect("an entry").path()) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            found.push((format!("{folder}/{target}/{name}"), fs::read(&path).expect("an input")));
        }
    }
    found.sort();
    found
}

fn run(target: &str) {
    let (_, body) = TARGETS.iter().find(|(name, _)| *name == target).expect("a target");
    let inputs = inputs(target);
    assert!(inputs.len() >= 8, "{} inputs of {target}", inputs.len());
    let failed: Vec<&str> = inputs
        .iter()
        .filter(|(_, bytes)| catch_unwind(AssertUnwindSafe(|| body(bytes))).is_err())
        .map(|(name, _)| name.as_str())
        .collect();
    assert!(failed.is_empty(), "of {} inputs these fail: {failed:#?}", inputs.len());
}

macro_rules! targets {
    ($($name:ident)+) => {
        $(
            #[test]
            fn $name() {
                run(stringify!($name));
            }
        )+

        /// A target without a test, a binary or an input would look as if it were run.
        #[test]
        fn every_target_has_a_test_a_binary_and_inputs() {
            let tests = [$(stringify!($name)),+];
            assert_eq!(TARGETS.iter().map(|(name, _)| *name).collect::<Vec<_>>(), tests);
            let root = source::root().join("fuzz");
            let manifest = fs::read_to_string(root.join("Cargo.toml")).expect("the manifest");
            for name in tests {
                let path = format!("fuzz_targets/{name}.rs");
                assert!(manifest.contains(&format!("name = \"{name}\"\npath = \"{path}\"")), "no binary {name}");
                let text = fs::read_to_string(root.join(path)).expect("the binary");
                assert!(text.contains(&format!("frontdesk_tests::fuzz::{name}(data)")), "{name} runs another target");
                assert!(root.join(format!("dictionaries/{name}.dict")).exists() || name == "ids", "{name}");
            }
            assert_eq!(manifest.matches("[[bin]]").count(), tests.len(), "a binary without a target");
        }
    };
}

targets! {
    config csv_import ids json_import list_query phone rpc_frame signature sms_webhook tool_arguments
    vapi_webhook
}
