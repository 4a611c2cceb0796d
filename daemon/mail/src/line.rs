//! A line of a mail's text, with what its format said about it.
//!
//! Plain text and HTML both become lines, so that one set of rules tells a person's words from
//! quoted ones. Must not live here: those rules (`quotes`).

/// A line of text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line {
    /// As it stands, `>` included, without its end.
    pub(crate) text: String,
    /// How many `>` stand before it (plain text).
    pub(crate) angle: usize,
    /// Where the words begin, behind the `>`.
    pub(crate) start: usize,
    /// It stands in what a mail program marked as quoted (HTML).
    pub(crate) cited: bool,
    /// It is indented as a quotation, which may be the person's own formatting (HTML).
    pub(crate) indented: bool,
    /// A mail program wrote it to introduce a quote (HTML).
    pub(crate) introduces: bool,
    /// It stands in what a mail program marked as signature (HTML).
    pub(crate) signature: bool,
    /// From here on the answered mail stands, says the mail program (HTML).
    pub(crate) cut: bool,
}

impl Line {
    /// A line of plain text.
    pub(crate) fn plain(text: &str) -> Self {
        let text = text.trim_end_matches('\r');
        let (mut angle, mut start) = (0, 0);
        for (at, c) in text.char_indices() {
            match c {
                '>' => {
                    angle += 1;
                    start = at + 1;
                }
                ' ' if angle > 0 && text[at + 1..].starts_with('>') => {}
                _ => break,
            }
        }
        if angle > 0 && text[start..].starts_with(' ') {
            start += 1;
        }
        Self { text: text.to_owned(), angle, start, ..Self::default() }
    }

    /// The words, behind what marks them as quoted.
    pub(crate) fn words(&self) -> &str {
        self.text.get(self.start..).unwrap_or_default().trim()
    }

    /// Whether nothing can be seen on it.
    pub(crate) fn is_blank(&self) -> bool {
        self.words().chars().all(|c| c.is_whitespace() || is_invisible(c))
    }
}

/// Characters that take no room: joiners and marks that newsletters and programs strew about.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{34f}' | '\u{ad}' | '\u{2007}' | '\u{847}'
    )
}

/// Lines of plain text; with `format=flowed` the soft breaks are taken out (RFC 3676).
pub(crate) fn plain(text: &str, flowed: bool, delsp: bool, most: usize) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut open = false;
    for raw in text.split('\n') {
        let mut line = Line::plain(raw);
        if flowed {
            let quoted = line.angle > 0;
            // A blank before the words is no part of them: it hides what begins with `>` or `From`.
            if !quoted && line.text.starts_with(' ') {
                line.text.remove(0);
                line.start = 0;
            }
            let delimiter = line.text.get(line.start..) == Some("-- ");
            let soft = line.text.ends_with(' ') && !delimiter && !line.is_blank();
            if open
                && let Some(last) = lines.last_mut()
                && last.angle == line.angle
                && !delimiter
            {
                if delsp {
                    last.text.pop();
                }
                last.text.push_str(line.text.get(line.start..).unwrap_or_default());
                open = soft;
                continue;
            }
            open = soft;
        }
        if lines.len() >= most {
            break;
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quote_marks_are_counted() {
        let line = |text| {
            let line = Line::plain(text);
            (line.angle, line.words().to_owned())
        };
        assert_eq!(line("> a"), (1, "a".into()));
        assert_eq!(line(">> a"), (2, "a".into()));
        assert_eq!(line("> > a > b"), (2, "a > b".into()));
        assert_eq!(line("5 > 3"), (0, "5 > 3".into()));
        assert_eq!(line(">"), (1, String::new()));
    }

    #[test]
    fn soft_breaks_are_taken_out() {
        let lines = plain("We would \nlike ten.\n\n > 5 is fine\n-- \nAnn", true, false, 100);
        let texts: Vec<&str> = lines.iter().map(|l| l.text.as_str()).collect();
        assert_eq!(texts, ["We would like ten.", "", "> 5 is fine", "-- ", "Ann"]);
        assert_eq!(lines[2].angle, 0);
    }
}
