//! The difference of two screens as few bytes: styles only where they change, one sequence for
//! a blank rest of a line, short moves. Pure. No background is ever painted, which is what
//! makes erasing a line's rest look like writing blanks.
//!
//! Terminals do not agree on how wide some characters are. A line that has or had such a one is
//! written whole, and after each the cursor is put where the next cell is: whatever the terminal
//! made of it, the cells beside it are right.

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use std::io::Write;

/// Unchanged cells up to this many are written again instead of jumped over.
const GAP: u16 = 4;

/// Appends what turns `shown` into `next`. Says whether there was anything to do.
pub fn difference(shown: &Buffer, next: &Buffer, out: &mut Vec<u8>) -> bool {
    let mut pen = Pen { out, at: None, look: Look::default() };
    let mut over = None;
    let mut changed = false;
    for (x, y, cell) in shown.diff_iter(next) {
        changed = true;
        if over == Some(y) {
            continue;
        }
        if is_doubtful(shown, y) || is_doubtful(next, y) {
            pen.whole_line(next, y);
            over = Some(y);
            continue;
        }
        let blank_from = blank_from(next, y);
        if x >= blank_from && next.area.right() - x > GAP {
            pen.go_to(next, blank_from.max(x.saturating_sub(GAP)).min(x), y);
            pen.dress(Look::default());
            pen.put("\x1b[K");
            over = Some(y);
            continue;
        }
        pen.go_to(next, x, y);
        pen.write(cell, x, y, next.area.right());
    }
    pen.dress(Look::default());
    changed
}

/// Where the blank rest of a line begins.
fn blank_from(buffer: &Buffer, y: u16) -> u16 {
    let blank = |x: &u16| buffer[(*x, y)].symbol() == " " && Look::of(&buffer[(*x, y)]) == Look::default();
    let filled = (buffer.area.left()..buffer.area.right()).rev().find(|x| !blank(x));
    filled.map_or(buffer.area.left(), |x| x + columns(&buffer[(x, y)]))
}

/// Columns that a cell's character takes here.
fn columns(cell: &Cell) -> u16 {
    u16::try_from(crate::text::width(cell.symbol())).unwrap_or(1).max(1)
}

/// Whether a line has a character of which terminals think differently.
fn is_doubtful(buffer: &Buffer, y: u16) -> bool {
    let inside = (buffer.area.top()..buffer.area.bottom()).contains(&y);
    inside
        && (buffer.area.left()..buffer.area.right())
            .any(|x| doubtful(buffer[(x, y)].symbol()) || is_cut(buffer, x, y))
}

/// Whether something was drawn over the further columns of a wide character.
fn is_cut(buffer: &Buffer, x: u16, y: u16) -> bool {
    let end = x + columns(&buffer[(x, y)]);
    end > x + 1 && (end > buffer.area.right() || (x + 1..end).any(|x| buffer[(x, y)].symbol() != " "))
}

/// One character of a script that everybody draws alike is not; whatever is made of several, is
/// an emoji, combines or is read from right to left, is.
fn doubtful(symbol: &str) -> bool {
    let mut chars = symbol.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => !matches!(c,
            ' '..='~' | '\u{a0}'..='\u{ac}' | '\u{ae}'..='\u{2ff}' | '\u{370}'..='\u{482}'
            | '\u{48a}'..='\u{52f}' | '\u{1e00}'..='\u{1fff}' | '\u{2010}'..='\u{2027}'
            | '\u{2030}'..='\u{205e}' | '\u{20a0}'..='\u{20bf}' | '\u{2100}'..='\u{2138}'
            | '\u{2190}'..='\u{21ff}' | '\u{2200}'..='\u{22ff}' | '\u{2500}'..='\u{259f}'
            | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{4e00}'..='\u{9fff}'
            | '\u{ac00}'..='\u{d7a3}'),
        (None, _) => false,
        _ => true,
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Look {
    colour: Color,
    modifier: Modifier,
}

impl Look {
    fn of(cell: &Cell) -> Self {
        Self { colour: cell.fg, modifier: cell.modifier }
    }
}

struct Pen<'a> {
    out: &'a mut Vec<u8>,
    at: Option<(u16, u16)>,
    look: Look,
}

impl Pen<'_> {
    fn put(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn go_to(&mut self, next: &Buffer, x: u16, y: u16) {
        match self.at {
            Some((at, row)) if row == y && at == x => {}
            Some((at, row)) if row == y && at < x => {
                let between = at..x;
                let same = |x: u16| {
                    let cell = &next[(x, y)];
                    Look::of(cell) == self.look && cell.symbol().len() == 1
                };
                if x - at <= GAP && between.clone().all(same) {
                    for x in between {
                        self.out.extend_from_slice(next[(x, y)].symbol().as_bytes());
                    }
                } else {
                    self.sequence(format_args!("\x1b[{}C", x - at));
                }
            }
            _ => self.sequence(format_args!("\x1b[{};{}H", y + 1, x + 1)),
        }
        self.at = Some((x, y));
    }

    fn write(&mut self, cell: &Cell, x: u16, y: u16, right: u16) {
        self.dress(Look::of(cell));
        self.put(cell.symbol());
        let x = x + columns(cell);
        // After the last column terminals differ in where the cursor is.
        self.at = (x < right).then_some((x, y));
    }

    /// Writes a line from its beginning: erased first, each doubtful character alone.
    fn whole_line(&mut self, next: &Buffer, y: u16) {
        let (left, right) = (next.area.left(), next.area.right());
        self.at = None;
        self.go_to(next, left, y);
        self.dress(Look::default());
        self.put("\x1b[K");
        let end = blank_from(next, y);
        let mut x = left;
        while x < end {
            let cell = &next[(x, y)];
            self.go_to(next, x, y);
            if is_cut(next, x, y) {
                self.dress(Look::of(cell));
                self.put(" ");
                x += 1;
                self.at = Some((x, y));
                continue;
            }
            self.write(cell, x, y, right);
            if doubtful(cell.symbol()) {
                self.at = None;
            }
            x += columns(cell);
        }
    }

    /// Puts on a look, from nothing where something has to come off.
    fn dress(&mut self, look: Look) {
        if look == self.look {
            return;
        }
        let off = !look.modifier.contains(self.look.modifier)
            || (look.colour == Color::Reset && self.look.colour != Color::Reset);
        let worn = if off { Look::default() } else { self.look };
        let mut codes: Vec<u8> = Vec::new();
        if off && look != Look::default() {
            codes.push(0);
        }
        let added = look.modifier - worn.modifier;
        for (modifier, code) in [
            (Modifier::BOLD, 1),
            (Modifier::DIM, 2),
            (Modifier::ITALIC, 3),
            (Modifier::UNDERLINED, 4),
            (Modifier::REVERSED, 7),
        ] {
            if added.contains(modifier) {
                codes.push(code);
            }
        }
        if look.colour != worn.colour {
            codes.push(foreground(look.colour));
        }
        let codes: Vec<String> = codes.iter().map(u8::to_string).collect();
        self.sequence(format_args!("\x1b[{}m", codes.join(";")));
        self.look = look;
    }

    fn sequence(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to memory does not fail.
        let _ = self.out.write_fmt(text);
    }
}

/// The code of one of the sixteen colours; any other is the terminal's own.
fn foreground(colour: Color) -> u8 {
    match colour {
        Color::Black => 30,
        Color::Red => 31,
        Color::Green => 32,
        Color::Yellow => 33,
        Color::Blue => 34,
        Color::Magenta => 35,
        Color::Cyan => 36,
        Color::Gray => 37,
        Color::DarkGray => 90,
        Color::LightRed => 91,
        Color::LightGreen => 92,
        Color::LightYellow => 93,
        Color::LightBlue => 94,
        Color::LightMagenta => 95,
        Color::LightCyan => 96,
        Color::White => 97,
        Color::Reset | Color::Rgb(..) | Color::Indexed(_) => 39,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    fn bytes(shown: &Buffer, next: &Buffer) -> String {
        let mut out = Vec::new();
        let changed = difference(shown, next, &mut out);
        assert_eq!(changed, !out.is_empty());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn nothing_is_nothing() {
        let buffer = Buffer::with_lines(["hello"]);
        assert_eq!(bytes(&buffer, &buffer), "");
    }

    #[test]
    fn a_blank_rest_is_erased_and_short_gaps_are_written() {
        let shown = Buffer::with_lines(["one two three"]);
        assert_eq!(bytes(&shown, &Buffer::with_lines(["one          "])), "\x1b[1;4H\x1b[K");
        assert_eq!(bytes(&shown, &Buffer::with_lines(["One tWo three"])), "\x1b[1;1HOne tW");
        assert_eq!(bytes(&shown, &Buffer::with_lines(["One two threE"])), "\x1b[1;1HO\x1b[11CE");
    }

    #[test]
    fn looks_are_put_on_and_taken_off_once() {
        let shown = Buffer::empty(Rect::new(0, 0, 8, 1));
        let mut next = shown.clone();
        next.set_string(0, 0, "ab", Style::new().fg(Color::Red).add_modifier(Modifier::BOLD));
        next.set_string(2, 0, "cd", Style::new().fg(Color::Red));
        next.set_string(4, 0, "ef", Style::new());
        assert_eq!(bytes(&shown, &next), "\x1b[1;1H\x1b[1;31mab\x1b[0;31mcd\x1b[mef");
    }

    #[test]
    fn a_line_with_a_doubtful_character_is_written_whole_and_its_cells_are_placed() {
        let shown = Buffer::with_lines(["Hindi +447700900123 "]);
        let mut next = shown.clone();
        next.set_string(0, 0, "कि    ", Style::new());
        let written = bytes(&shown, &next);
        assert!(written.starts_with("\x1b[1;1H\x1b[Kकि\x1b[1;"), "{written:?}");
        assert!(written.ends_with("+447700900123"), "{written:?}");
        // And when it goes, nothing of it stays.
        let back = bytes(&next, &shown);
        assert_eq!(back, "\x1b[1;1H\x1b[KHindi +447700900123");
        for plain in ["a", "é", "日", "─", "…", "한", "Ж"] {
            assert!(!doubtful(plain), "{plain}");
        }
        for odd in ["🇩🇪", "👨\u{200d}👩\u{200d}👧", "क्षि", "ש", "e\u{301}", "😀"] {
            assert!(doubtful(odd), "{odd}");
        }
    }

    #[test]
    fn wide_characters_keep_their_place() {
        let shown = Buffer::with_lines(["abcdef"]);
        assert_eq!(bytes(&shown, &Buffer::with_lines(["a日dEf"])), "\x1b[1;2H日dE");
    }
}
