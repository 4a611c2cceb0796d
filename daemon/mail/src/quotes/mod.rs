//! Whose words stand in a mail: the person's own, quoted ones, a signature.
//!
//! One rule above all: a quote left standing is a blemish, a lost line of a customer a defect. So
//! lines go only where a mail program's own marks say so, and when nothing of the person's would
//! be left, everything stays. Must not live here: where the lines come from (`html`, `line`).

mod attribution;
mod block;
mod endings;
mod signature;
mod words;

use crate::line::Line;
use attribution::Certainty;
pub(crate) use attribution::plain as fold;

/// The text of a mail, divided.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// What the person wrote. Everything, when it cannot be told apart: see `doubt`.
    pub said: String,
    /// What stands there from an earlier mail, with the lines that introduce it.
    pub quoted: String,
    /// What a program appends: a signature behind its delimiter, a telephone's advertisement, a
    /// disclaimer.
    pub signature: String,
    /// Why `said` may hold words that are not the person's. Such words are shown, and nothing is
    /// decided by them alone.
    pub doubt: Option<Doubt>,
}

/// Why a person's words could not be told from quoted ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Doubt {
    /// Nothing new stands in the mail: a bare forward, an empty answer, or an answer below a quote
    /// that nothing marks. Everything was kept.
    NothingNew,
    /// The person says that the answers stand in the quoted text. Everything was kept.
    AnswersInside,
}

/// What a line is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Own,
    Quoted,
    Signature,
}

/// Divides the lines of a text.
pub(crate) fn divide(lines: &[Line]) -> Words {
    let mut roles = vec![Role::Own; lines.len()];
    cited(lines, &mut roles);
    let open = open_quote(lines, &roles);
    if let Some(at) = open {
        roles[at..].fill(Role::Quoted);
    }
    introduced(lines, &mut roles);
    signatures(lines, &mut roles);
    let has = |role| lines.iter().zip(&roles).any(|(line, r)| *r == role && !line.is_blank());
    let said = join(lines, &roles, Role::Own);
    let whole = || join(lines, &vec![Role::Own; lines.len()], Role::Own);
    if !has(Role::Own) && (has(Role::Quoted) || has(Role::Signature)) {
        return Words { said: whole(), doubt: Some(Doubt::NothingNew), ..Words::default() };
    }
    if has(Role::Quoted) && points_inside(lines, &roles) {
        return Words { said: whole(), doubt: Some(Doubt::AnswersInside), ..Words::default() };
    }
    Words {
        said,
        quoted: join(lines, &roles, Role::Quoted),
        signature: join(lines, &roles, Role::Signature),
        doubt: None,
    }
}

/// What the mail program marked as quoted. Lines of `>` that no program wrote stay.
fn cited(lines: &[Line], roles: &mut [Role]) {
    for (line, role) in lines.iter().zip(roles.iter_mut()) {
        if line.cited {
            *role = Role::Quoted;
        }
    }
    if lines.iter().any(|line| line.cited) {
        return;
    }
    let Some(from) = first_quote(lines) else { return };
    // Programs put a blank behind the mark; ">50 is too much" among such lines is a person's.
    let spaced = lines[from..]
        .iter()
        .filter(|l| l.angle > 0 && !l.is_blank())
        .all(|l| l.text[..l.start].ends_with(' '))
        || lines[from..].iter().filter(|l| l.angle == 1 && !l.is_blank()).filter(|l| spaced(l)).count() >= 2;
    for at in from..lines.len() {
        let line = &lines[at];
        let programs = !spaced || line.is_blank() || self::spaced(line) || line.angle > 1;
        if line.angle > 0 && programs && !(at > from && is_comparison(lines, at)) {
            roles[at] = Role::Quoted;
        }
    }
}

/// `> 50 is too much`, `>20 minutes`: alone among a person's lines.
fn is_comparison(lines: &[Line], at: usize) -> bool {
    let amount = |c: char| c.is_ascii_digit() || matches!(c, '£' | '$' | '€');
    let quoted = |at: Option<usize>| at.and_then(|at| lines.get(at)).is_some_and(|line| line.angle > 0);
    let alone = !quoted(at.checked_sub(1)) && !quoted(Some(at + 1));
    alone && lines[at].angle == 1 && (lines[at].words().starts_with(amount) || !spaced(&lines[at]))
}

fn spaced(line: &Line) -> bool {
    line.text[..line.start].ends_with(' ')
}

/// The first line of `>` that is a quote: behind an introduction, or in a run no person types.
fn first_quote(lines: &[Line]) -> Option<usize> {
    let mut run = None;
    let mut unsure: Option<usize> = None;
    for at in 0..=lines.len() {
        let angle = lines.get(at).map_or(0, |line| line.angle);
        match (angle > 0, run) {
            (true, None) => {
                run = Some(at);
                let least = if is_comparison(lines, at) { Certainty::Strong } else { Certainty::Weak };
                if introduction_before(lines, at, least).is_some() {
                    return Some(at);
                }
            }
            (false, Some(start)) => {
                run = None;
                if introduction_within(lines, start, at) {
                    return Some(start);
                }
                let block = &lines[start..at];
                let programs = block.len() >= 3
                    || block.iter().any(|l| l.angle > 1)
                    || block.len() >= 2 && block.iter().any(Line::is_blank);
                if programs && unsure.is_none() {
                    unsure = Some(start);
                }
            }
            _ => {}
        }
    }
    unsure
}

/// Whether a run of `>` lines begins with the introduction itself, as Apple's programs write it.
fn introduction_within(lines: &[Line], start: usize, end: usize) -> bool {
    (start..end.min(start + 5)).any(|at| attribution::ending_at(lines, at, start).is_some())
}

/// The introduction right before a line: where it begins.
fn introduction_before(lines: &[Line], at: usize, least: Certainty) -> Option<usize> {
    let end = (at.saturating_sub(4)..at).rev().find(|i| !lines[*i].is_blank())?;
    // A sender may stand between the verb and the quote only on the line itself.
    if lines[end].angle > 0 || lines[end].cited {
        return None;
    }
    if let Some((start, certainty)) = attribution::ending_at(lines, end, 0) {
        return (certainty >= least).then_some(start);
    }
    if least == Certainty::Strong {
        return None;
    }
    let bare = attribution::is_bare(lines[end].words())
        && lines[at..].iter().take(2).filter(|l| l.angle > 0 || l.cited).count() == 2;
    let programs = lines[end].introduces && attribution::is_programs(lines[end].words());
    (bare || programs).then_some(end)
}

/// Where a quote begins that goes on to the end: nothing marks its lines.
fn open_quote(lines: &[Line], roles: &[Role]) -> Option<usize> {
    let mut divided: Option<usize> = None;
    for at in 0..lines.len() {
        let line = &lines[at];
        if roles[at] != Role::Own {
            divided = None;
            continue;
        }
        let words = line.words();
        if words.is_empty() {
            continue;
        }
        if line.cut || block::begins_at(lines, at, divided.is_some()) {
            return Some(divided.unwrap_or(at));
        }
        if block::is_divider(words) {
            // What follows is in marked lines where the program marks them.
            let next = next_seen(lines, at + 1);
            let marked = next.is_some_and(|next| roles[next] == Role::Quoted);
            if next.is_some() && !marked {
                return Some(divided.unwrap_or(at));
            }
        }
        if let Some((start, Certainty::Strong)) = attribution::ending_at(lines, at, 0)
            && roles[start..=at].iter().all(|r| *r == Role::Own)
        {
            let next = next_seen(lines, at + 1);
            let plain_follows =
                next.is_some_and(|n| roles[n] == Role::Own && !lines[n].indented && lines[n].angle == 0);
            if plain_follows {
                return Some(start);
            }
        }
        let rule = block::is_rule(words) || block::is_divider(words) || block::is_announcement(words);
        divided = rule.then_some(divided.unwrap_or(at));
    }
    None
}

fn next_seen(lines: &[Line], from: usize) -> Option<usize> {
    (from..lines.len()).find(|i| !lines[*i].is_blank())
}

/// Introductions and dividing lines before what is quoted, and indented quotes behind them.
fn introduced(lines: &[Line], roles: &mut [Role]) {
    // A program writes one introduction; what looks like another, between answers, is a person's.
    let mut least = Certainty::Weak;
    for at in 0..lines.len() {
        let before = (0..at).rev().take(8).find(|i| !lines[*i].is_blank());
        let begins = before.is_none_or(|before| roles[before] != Role::Quoted);
        let quoted = roles[at] == Role::Quoted && begins && !lines[at].is_blank();
        let indented = lines[at].indented && roles[at] == Role::Own && (at == 0 || !lines[at - 1].indented);
        // A quote that brings its introduction along needs none of the person's lines.
        let own_introduction = quoted && brings_introduction(lines, at);
        let above = before.filter(|before| at - before <= 4).map(|before| (before, lines[before].words()));
        if own_introduction {
            least = Certainty::Strong;
            if let Some((above, _)) = above.filter(|(_, words)| block::is_announcement(words)) {
                roles[above..at].fill(Role::Quoted);
            }
        } else if quoted || indented {
            if let Some(start) = introduction_before(lines, at, least) {
                least = Certainty::Strong;
                roles[start..at].fill(Role::Quoted);
                let end = (at..lines.len()).find(|i| !lines[*i].indented && !lines[*i].is_blank());
                if indented {
                    roles[at..end.unwrap_or(lines.len())].fill(Role::Quoted);
                }
            } else if quoted
                && let Some((above, _)) =
                    above.filter(|(_, words)| block::is_divider(words) || block::is_rule(words))
            {
                roles[above..at].fill(Role::Quoted);
            }
        }
    }
}

/// Whether a quote begins with its introduction, a header or a dividing line.
fn brings_introduction(lines: &[Line], at: usize) -> bool {
    let end = lines.len().min(at + 4);
    introduction_within(lines, at, end)
        || (at..end).any(|i| block::begins_at(lines, i, true) || block::is_divider(lines[i].words()))
}

/// The signature at the end of each run of the person's lines.
fn signatures(lines: &[Line], roles: &mut [Role]) {
    let mut end = lines.len();
    while end > 0 {
        if roles[end - 1] != Role::Own {
            end -= 1;
            continue;
        }
        let start = (0..end).rev().find(|i| roles[*i] != Role::Own).map_or(0, |i| i + 1);
        let own: Vec<&Line> = lines[start..end].iter().collect();
        let count = signature::lines(&own);
        roles[end - count..end].fill(Role::Signature);
        end = start;
    }
}

/// Whether the person says that answers stand in the quote, and none can be seen outside it.
fn points_inside(lines: &[Line], roles: &[Role]) -> bool {
    let Some(first) = roles.iter().position(|r| *r == Role::Quoted) else { return false };
    let behind = lines[first..].iter().zip(&roles[first..]).any(|(l, r)| *r == Role::Own && !l.is_blank());
    let said = attribution::plain(&join(lines, roles, Role::Own));
    !behind && endings::ANSWERS_BELOW.iter().any(|hint| attribution::has_words(&said, hint))
}

/// The lines of a role, with at most one blank line between.
fn join(lines: &[Line], roles: &[Role], role: Role) -> String {
    let mut text = String::new();
    let mut gap = false;
    for (line, _) in lines.iter().zip(roles).filter(|(_, r)| **r == role) {
        if line.is_blank() && line.angle == 0 {
            gap = true;
            continue;
        }
        if !text.is_empty() {
            text.push_str(if gap { "\n\n" } else { "\n" });
        }
        gap = false;
        text.push_str(line.text.trim_end());
    }
    text
}

/// The words of a quote that `sent`, what we sent, does not hold: typed into the quote.
///
/// Lines are compared without marks, blanks and case; wrapped lines count as ours when their words
/// stand in ours one after another.
pub fn typed_into(quoted: &str, sent: &str) -> String {
    let folded = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let ours = folded(sent);
    let mut typed = Vec::new();
    for raw in quoted.lines() {
        let line = Line::plain(raw);
        let words = folded(line.words());
        let introduction = attribution::is_programs(line.words()) || block::is_divider(line.words());
        if !words.is_empty() && !ours.contains(&words) && !introduction {
            typed.push(line.words().to_owned());
        }
    }
    typed.join("\n")
}
