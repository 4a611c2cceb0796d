//! Results as tables in the form of docs/performance.md, and the lines of its summary.

use std::fmt::Write as _;

/// A table that is printed once it is complete.
#[derive(Debug)]
pub struct Table {
    title: String,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table; columns stand one after the other with `|` between them.
    pub fn new(title: &str, columns: &str) -> Self {
        let columns = columns.split('|').map(|c| c.trim().to_owned()).collect();
        Self { title: title.to_owned(), columns, rows: Vec::new() }
    }

    /// Adds a row, and says it at once for who is watching.
    pub fn row(&mut self, cells: &[String]) {
        eprintln!("  {}: {}", self.title, cells.join(" · "));
        self.rows.push(cells.to_vec());
    }

    /// Prints it.
    pub fn print(&self) {
        let mut text = format!("\n### {}\n\n| {} |\n|---|", self.title, self.columns.join(" | "));
        for _ in 1..self.columns.len() {
            text.push_str("--:|");
        }
        for row in &self.rows {
            let _ = write!(text, "\n| {} |", row.join(" | "));
        }
        println!("{text}");
    }
}

/// The lines of its table, in the order they were measured.
#[derive(Debug, Default)]
pub struct Summary(Vec<[String; 4]>);

impl Summary {
    /// A measured figure, what it is compared with, and ours as a share of that.
    pub fn add(&mut self, what: &str, figure: String, against: &str, ratio: Option<f64>) {
        let ratio = ratio.map_or(String::new(), |r| format!("{r:.2}"));
        self.0.push([what.to_owned(), figure, against.to_owned(), ratio]);
    }

    /// Prints it for docs/performance.md.
    pub fn print(&self) {
        println!(
            "\n### Summary\n\n| figure | measured | beside it in the same run | ratio |\n|---|--:|---|--:|"
        );
        for [what, figure, against, ratio] in &self.0 {
            println!("| {what} | {figure} | {against} | {ratio} |");
        }
    }
}

/// A number with commas between its thousands.
pub fn whole(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) && !out.ends_with('-') {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Milliseconds with the digits that mean something.
pub fn ms(value: f64) -> String {
    if value < 10.0 { format!("{value:.2}") } else { format!("{value:.1}") }
}
