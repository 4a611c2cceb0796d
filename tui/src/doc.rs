//! Details and explanations as lines of text. Pure; drawn by `view::text`, printed by `cli`.

use crate::model::text_view::Content;
use crate::screens;
use crate::table::Look;
use crate::text;
use crate::theme::Role;
use frontdesk_shared::detail::Detail;
use frontdesk_shared::explain::{Answer, Finding, GateReport, IdleExplanation, LeadExplanation};
use frontdesk_shared::noun::Subject;
use frontdesk_shared::{Millis, Noun};

/// One line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// What it says.
    pub text: String,
    /// What that means.
    pub role: Role,
    /// Columns at its beginning that are a label.
    pub label: usize,
    /// What Enter opens.
    pub link: Option<Subject>,
}

/// The lines of a text at a width. Empty while there is no answer.
#[must_use]
pub fn lines(content: &Content, width: usize, look: Look<'_>) -> Vec<Line> {
    let mut page = Lines { out: Vec::new(), width: width.max(10), look };
    match content {
        Content::Detail(_, Some(detail)) => page.detail(detail),
        Content::Why(_, Some(why)) => page.why(why),
        Content::WhyIdle(_, Some(idle)) => page.idle(idle),
        Content::Fields(_, fields) => page.fields(fields),
        Content::Detail(_, None) | Content::Why(_, None) | Content::WhyIdle(_, None) => {}
    }
    page.out
}

struct Lines<'a> {
    out: Vec<Line>,
    width: usize,
    look: Look<'a>,
}

impl Lines<'_> {
    fn line(&mut self, text: impl Into<String>, role: Role) {
        self.out.push(Line { text: text.into(), role, ..Line::default() });
    }

    fn paragraph(&mut self, text: &str, role: Role) {
        for line in text::wrap(text, self.width) {
            self.line(line, role);
        }
    }

    fn heading(&mut self, text: &str) {
        if !self.out.is_empty() {
            self.line("", Role::Plain);
        }
        self.line(text::clean(text), Role::Strong);
    }

    /// A label of a width, and text that wraps beside it.
    fn labelled(&mut self, label: &str, room: usize, value: &str, role: Role, link: Option<&Subject>) {
        let room = room.min(self.width / 2);
        let mut label = text::pad(&text::clean(label), room, false);
        for part in text::wrap(value, self.width.saturating_sub(room + 2)) {
            let text = format!("{label}  {part}");
            self.out.push(Line { text, role, label: room, link: link.cloned() });
            label = " ".repeat(room);
        }
    }

    fn fields(&mut self, fields: &[(String, String)]) {
        let room = fields.iter().map(|(label, _)| text::width(label)).max().unwrap_or(0);
        for (label, value) in fields {
            self.labelled(label, room, value, Role::Plain, None);
        }
    }

    fn detail(&mut self, d: &Detail) {
        let sheet = screens::sheet(d, self.look);
        self.paragraph(&sheet.title, Role::Strong);
        for section in &sheet.sections {
            self.heading(section.title);
            let room = section.entries.iter().map(|e| text::width(&text::clean(&e.label))).max().unwrap_or(0);
            for entry in &section.entries {
                if entry.label.is_empty() && entry.link.is_none() {
                    self.paragraph(&entry.value, entry.role);
                } else {
                    self.labelled(&entry.label, room, &entry.value, entry.role, entry.link.as_ref());
                }
            }
        }
        let story: Vec<(Millis, String)> = d.story.iter().map(|line| (line.at, line.line())).collect();
        self.story("Story, newest first", &story);
    }

    fn story(&mut self, heading: &str, story: &[(Millis, String)]) {
        if story.is_empty() {
            return;
        }
        self.heading(heading);
        for (at, what) in story {
            let at = self.look.at(*at).text;
            self.labelled(&at, text::width(&at).max(12), what, Role::Plain, None);
        }
    }

    fn why(&mut self, why: &LeadExplanation) {
        self.paragraph(&why.summary, Role::Strong);
        self.heading("Asked just now");
        self.report(&why.now);
        if !why.planned.is_empty() {
            self.heading("To be written");
            let words: Vec<String> = why.planned.iter().map(screens::messages::in_words).collect();
            let room = words.iter().map(|label| text::width(label)).max().unwrap_or(0);
            for (label, message) in words.iter().zip(&why.planned) {
                let link = Subject::new(Noun::Job, message.job);
                let due = screens::messages::due(message, self.look);
                self.labelled(label, room, &due, Role::Info, Some(&link));
            }
        }
        if !why.history.is_empty() {
            self.heading("Decided before, newest first");
            for report in &why.history {
                let at = self.look.at(report.at).text;
                let text = format!("{}, {}: {}", report.stage, verdict(report, self.look), report.reason);
                self.labelled(&at, text::width(&at).max(12), &text, answer_role(report.answer), None);
            }
        }
        self.story("Story, newest first", &why.story);
    }

    fn report(&mut self, report: &GateReport) {
        let text = format!("{} — {}", verdict(report, self.look), report.reason);
        self.paragraph(text.trim_end_matches([' ', '—']), answer_role(report.answer));
        let room = report.lines.iter().map(|l| text::width(&l.rule)).max().unwrap_or(0) + 9;
        for line in &report.lines {
            let role = match line.finding {
                Finding::Pass => Role::Plain,
                Finding::Wait => Role::Warn,
                Finding::Block => Role::Bad,
                Finding::Skipped => Role::Dim,
            };
            let until = line.until.map(|at| format!(" (until {})", self.look.at(at).text));
            let detail = format!("{}{}", line.detail, until.unwrap_or_default());
            self.labelled(&format!("{:<7}  {}", line.finding.word(), line.rule), room, &detail, role, None);
        }
        self.line(format!("rules version {}", report.rules_version), Role::Dim);
    }

    fn idle(&mut self, idle: &IdleExplanation) {
        self.paragraph(&idle.summary, Role::Strong);
        let (used, most) = idle.slots;
        self.heading("From all open leads to those that could be called now");
        let room = idle.steps.iter().map(|s| text::width(&s.label)).max().unwrap_or(0);
        let room = room.min(self.width.saturating_sub(28).max(10));
        let widest = idle.steps.iter().map(|s| s.left + s.removed).max().unwrap_or(0);
        for step in &idle.steps {
            let removed =
                if step.removed == 0 { "-".to_owned() } else { format!("-{}", text::grouped(step.removed)) };
            let label = text::pad(&text::clean(&step.label), room, false);
            let text = format!(
                "{label} {removed:>9} {:>9} left  {}",
                text::grouped(step.left),
                bar(step.left, widest)
            );
            let role = if step.removed == 0 { Role::Plain } else { Role::Warn };
            self.line(text::clip(text.trim_end(), self.width), role);
            if step.removed > 0 && !step.remedy.is_empty() {
                for part in text::wrap(&step.remedy, self.width.saturating_sub(4)) {
                    self.line(format!("    {part}"), Role::Dim);
                }
            }
        }
        if !idle.messages.is_empty() {
            self.heading("Messages that wait");
        }
        for waiting in &idle.messages {
            let text = format!("{:>9} {}", text::grouped(waiting.count), text::clean(&waiting.label));
            self.line(text::clip(&text, self.width), Role::Warn);
            for part in text::wrap(&waiting.remedy, self.width.saturating_sub(4)) {
                self.line(format!("    {part}"), Role::Dim);
            }
        }
        self.heading("Next");
        let next = match idle.next_at {
            Some(at) => format!("a call is planned for {}", self.look.at(at).text),
            None => "no call is planned".to_owned(),
        };
        self.line(next, Role::Plain);
        self.line(format!("{used} of {most} calls at once are under way"), Role::Plain);
    }
}

/// A share as blocks, at most ten.
fn bar(n: u64, most: u64) -> String {
    let filled = n.saturating_mul(10).div_ceil(most.max(1)).min(10);
    "#".repeat(usize::try_from(filled).unwrap_or(0))
}

fn verdict(report: &GateReport, look: Look<'_>) -> String {
    match (report.answer, report.next_at) {
        (Answer::NotYet, Some(at)) => format!("not before {}", look.at(at).text),
        (answer, _) => answer.word().to_owned(),
    }
}

fn answer_role(answer: Answer) -> Role {
    match answer {
        Answer::Allowed => Role::Good,
        Answer::NotYet => Role::Warn,
        Answer::Never => Role::Bad,
    }
}
