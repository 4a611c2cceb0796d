//! Where the command line prints: the only place that writes text to standard output and error
//! outside the console.

use crate::rows::Row;
use crate::screens;
use crate::table::{Cell, Look};
use crate::text::{pad, width};
use crate::theme::Role;
use frontdesk_shared::page::List;
use std::io::{self, IsTerminal, Write};

/// The two streams, and what goes to them.
pub struct Out {
    out: Box<dyn Write + Send + Sync>,
    err: Box<dyn Write + Send + Sync>,
    /// Whether colours may be used on standard output.
    pub color: bool,
    /// Whether progress may be drawn over itself on standard error.
    pub progress: bool,
    /// Columns of the terminal; `None` where the output is no terminal.
    pub columns: Option<u16>,
    drawn: bool,
}

impl std::fmt::Debug for Out {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Out").field("color", &self.color).finish_non_exhaustive()
    }
}

impl Out {
    /// The process's own streams.
    #[must_use]
    pub fn standard() -> Self {
        let tty = io::stdout().is_terminal();
        Self {
            out: Box::new(io::stdout()),
            err: Box::new(io::stderr()),
            color: tty && crate::theme::Theme::from_env().color,
            progress: io::stderr().is_terminal(),
            columns: tty.then(|| crate::terminal::size().0),
            drawn: false,
        }
    }

    /// Other streams, without colours and progress.
    #[must_use]
    pub fn to(out: Box<dyn Write + Send + Sync>, err: Box<dyn Write + Send + Sync>) -> Self {
        Self { out, err, color: false, progress: false, columns: None, drawn: false }
    }

    /// A line on standard output. An error means that nobody reads any more.
    pub fn line(&mut self, text: &str) -> io::Result<()> {
        self.put(&lines_clean(text))
    }

    fn put(&mut self, text: &str) -> io::Result<()> {
        self.clear_progress();
        writeln!(self.out, "{text}")?;
        self.out.flush()
    }

    /// A line on standard error.
    pub fn complain(&mut self, text: &str) {
        self.clear_progress();
        let _ = writeln!(self.err, "frontdesk: {}", lines_clean(text));
    }

    /// The same for programs.
    pub fn complain_json(&mut self, code: &str, message: &str) {
        self.clear_progress();
        let error = serde_json::json!({ "error": { "code": code, "message": message } });
        let _ = writeln!(self.err, "{error}");
    }

    /// Progress on standard error: over itself on a terminal, else nothing.
    pub fn progress(&mut self, text: &str) {
        if self.progress {
            let _ = write!(self.err, "\r\x1b[K{}", crate::text::clean(text));
            let _ = self.err.flush();
            self.drawn = true;
        }
    }

    fn clear_progress(&mut self) {
        if std::mem::take(&mut self.drawn) {
            let _ = write!(self.err, "\r\x1b[K");
            let _ = self.err.flush();
        }
    }

    /// A value as JSON.
    pub fn json(&mut self, value: &impl serde::Serialize) -> io::Result<()> {
        let text = serde_json::to_string_pretty(value)?;
        self.put(&crate::text::clean_json(&text))
    }

    /// Rows as a table, each column as wide as its content, cut only at a terminal's edge.
    pub fn table(&mut self, list: List, rows: &[Row<'_>], look: Look<'_>) -> io::Result<()> {
        let columns = screens::of(list).columns;
        let cells: Vec<Vec<Cell>> = rows.iter().map(|row| (screens::of(list).cells)(*row, look)).collect();
        let widest = |i: usize| {
            let content = cells.iter().filter_map(|row| row.get(i)).map(|c| width(&c.text)).max();
            content.unwrap_or(0).max(width(columns[i].title))
        };
        let used = |i: &usize| cells.iter().any(|row| row.get(*i).is_some_and(|c| !c.text.is_empty()));
        let shown: Vec<(usize, usize)> = (0..columns.len()).filter(used).map(|i| (i, widest(i))).collect();
        let room = self.columns.map_or(usize::MAX, usize::from);
        let mut head = String::new();
        for (i, wide) in &shown {
            head.push_str(&pad(&columns[*i].title.to_uppercase(), *wide, columns[*i].right));
            head.push_str("  ");
        }
        self.line(&crate::text::clip(head.trim_end(), room))?;
        for row in &cells {
            let mut line = String::new();
            let mut left = room;
            for (i, wide) in &shown {
                let Some(cell) = row.get(*i) else { continue };
                let wide = (*wide).min(left);
                let text = pad(&cell.text, wide, columns[*i].right);
                left = left.saturating_sub(wide + 2);
                line.push_str(&self.coloured(&text, cell.role));
                line.push_str("  ");
                if left == 0 {
                    break;
                }
            }
            self.put(line.trim_end())?;
        }
        Ok(())
    }

    /// Lines of a text, as the console shows them.
    pub fn lines(&mut self, lines: &[crate::doc::Line]) -> io::Result<()> {
        for line in lines {
            let text = self.coloured(line.text.trim_end(), line.role);
            self.put(&text)?;
        }
        Ok(())
    }

    fn coloured(&self, text: &str, role: Role) -> String {
        let code = match role {
            _ if !self.color => return text.to_owned(),
            Role::Plain => return text.to_owned(),
            Role::Dim => "2",
            Role::Good => "32",
            Role::Warn => "33",
            Role::Bad => "1;31",
            Role::Info => "36",
            Role::Strong => "1",
            Role::Banner => "1;7",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

/// Lines of which none steers the terminal.
fn lines_clean(text: &str) -> String {
    text.split('\n').map(crate::text::clean).collect::<Vec<_>>().join("\n")
}
