//! The source tree as the tidiness tests see it: code without comments, and string literals.

use std::fs;
use std::path::{Path, PathBuf};

/// One file of Rust.
#[derive(Clone, Debug)]
pub struct Source {
    /// Path from the workspace's root, with forward slashes.
    pub path: String,
    /// The whole text.
    pub text: String,
    /// The text with comments and the insides of literals blanked; lines are where they were.
    pub code: String,
    /// String literals with the number of the line each begins on, from 1.
    pub strings: Vec<(usize, String)>,
    /// First line of the test module at the bottom; past the end where there is none.
    pub tests_from: usize,
}

impl Source {
    /// Reads Rust text.
    pub fn new(path: &str, text: &str) -> Self {
        let (code, strings) = split(text);
        let whole = path.ends_with("tests.rs") || path.contains("/tests/") || path.starts_with("tests/");
        let lines: Vec<&str> = code.lines().collect();
        let module = lines.iter().zip(lines.iter().skip(1)).position(|(attribute, item)| {
            attribute.trim() == "#[cfg(test)]" && item.contains("mod ") && item.trim_end().ends_with('{')
        });
        let tests_from = if whole { 1 } else { module.map_or(usize::MAX, |line| line + 1) };
        Self { path: path.into(), text: text.into(), code, strings, tests_from }
    }

    /// Lines of code that are part of the product, with their numbers.
    pub fn product(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.code.lines()).take_while(|(n, _)| *n < self.tests_from)
    }

    /// Lines of code that are tests, with their numbers.
    pub fn tests(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.code.lines()).skip_while(|(n, _)| *n < self.tests_from)
    }

    /// `path:line`.
    pub fn at(&self, line: usize) -> String {
        format!("{}:{line}", self.path)
    }
}

/// Every Rust file of the workspace.
///
/// # Panics
/// When the tree cannot be read.
pub fn rust() -> Vec<Source> {
    files()
        .into_iter()
        .filter(|(path, _)| path.ends_with(".rs"))
        .map(|(p, text)| Source::new(&p, &text))
        .collect()
}

/// Every text file of the workspace but for what is built or recorded: path and text.
///
/// # Panics
/// When the tree cannot be read.
pub fn files() -> Vec<(String, String)> {
    let root = root();
    let mut out = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let path = entry.expect("an entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                if !matches!(name.as_str(), "target" | ".git" | "fixtures" | "node_modules") {
                    folders.push(path);
                }
            } else if let Ok(text) = fs::read_to_string(&path)
                // A linked work tree has a file of this name, which says where it is linked from.
                && name != ".git"
            {
                out.push((
                    path.strip_prefix(&root).unwrap_or(&path).to_string_lossy().replace('\\', "/"),
                    text,
                ));
            }
        }
    }
    out.sort();
    out
}

/// The workspace's folder.
///
/// # Panics
/// When the crate is not in a workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

/// Blanks comments and literals, collecting the strings.
fn split(text: &str) -> (String, Vec<(usize, String)>) {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut strings = Vec::new();
    let (mut i, mut line) = (0, 1);
    let blank = |c: char| if c == '\n' { '\n' } else { ' ' };
    while i < chars.len() {
        let rest = &chars[i..];
        let length = match rest {
            ['/', '/', ..] => rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()),
            ['/', '*', ..] => block_comment(rest),
            ['\'', ..] => char_literal(rest),
            ['r' | 'b' | '"', ..] if !part_of_word(&chars, i) => match string_literal(rest) {
                Some((length, inside)) => {
                    strings.push((line, inside));
                    length
                }
                None => 0,
            },
            _ => 0,
        };
        // What is no comment or literal is kept, one character at a time.
        let (taken, keep) = if length == 0 { (1, true) } else { (length, false) };
        for &c in &rest[..taken] {
            line += usize::from(c == '\n');
            code.push(if keep { c } else { blank(c) });
        }
        i += taken;
    }
    (code, strings)
}

fn part_of_word(chars: &[char], i: usize) -> bool {
    i > 0 && (chars[i - 1].is_alphanumeric() || chars[i - 1] == '_')
}

fn block_comment(rest: &[char]) -> usize {
    let mut depth = 0;
    let mut i = 0;
    while i < rest.len() {
        match rest[i..] {
            ['/', '*', ..] => (depth, i) = (depth + 1, i + 2),
            ['*', '/', ..] => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            break;
        }
    }
    i
}

/// Length of a character literal; 0 for a lifetime.
fn char_literal(rest: &[char]) -> usize {
    match rest {
        ['\'', '\\', escaped @ ..] => {
            escaped.iter().skip(1).position(|c| *c == '\'').map_or(0, |end| end + 4)
        }
        ['\'', _, '\'', ..] => 3,
        _ => 0,
    }
}

/// Length and inside of a string literal, if one begins here.
fn string_literal(rest: &[char]) -> Option<(usize, String)> {
    let prefix = rest.iter().take_while(|c| matches!(c, 'r' | 'b')).count();
    let raw = rest[..prefix].contains(&'r');
    let hashes = if raw { rest[prefix..].iter().take_while(|c| **c == '#').count() } else { 0 };
    let open = prefix + hashes;
    if rest.get(open) != Some(&'"') || prefix > 2 {
        return None;
    }
    let mut i = open + 1;
    while i < rest.len() {
        match rest[i] {
            '\\' if !raw => i += 2,
            '"' if rest[i + 1..].iter().take_while(|c| **c == '#').count() >= hashes => {
                return Some((i + 1 + hashes, rest[open + 1..i].iter().collect()));
            }
            _ => i += 1,
        }
    }
    Some((rest.len(), rest[open + 1..].iter().collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_told_from_code() {
        let source = Source::new(
            "a.rs",
            "let a = \"one // \\\" two\"; // \"three\"\n/* \"four\" /* */ */ let b = r#\"fi\"ve\"#;\nlet c = '\"'; let d: &'static str = b\"six\";\n",
        );
        let strings: Vec<&str> = source.strings.iter().map(|(_, s)| s.as_str()).collect();
        assert_eq!(strings, ["one // \\\" two", "fi\"ve", "six"]);
        assert_eq!(source.strings.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [1, 2, 3]);
        assert!(source.code.contains("&'static str") && !source.code.contains("four"));
        assert_eq!(source.code.lines().count(), 3);
    }

    #[test]
    fn the_test_module_is_told_from_the_product() {
        let source = Source::new("a.rs", "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n");
        assert_eq!(source.product().count(), 1);
        assert_eq!(source.tests().count(), 4);
        assert_eq!(Source::new("x/tests.rs", "fn a() {}").product().count(), 0);
    }
}
