//! The difference of two screens as few bytes: styles only where they change, one sequence for
//! a blank rest of a line, short moves. Pure. No background is ever painted, which is what
//! makes erasing a line's rest look like writing blanks.

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use std::io::Write;

/// Unchanged cells up to this many are written again instead of jumped over.
const GAP: u16 = 4;

/// Appends what turns `shown` into `next`. Says whether there was anything to do.
pub fn difference(shown: &Buffer, next: &Buffer, out: &mut Vec<u8>) -> bool {
    let mut pen = Pen { out, at: None, look: Look::default() };
    let mut erased = None;
    let mut changed = false;
    for (x, y, cell) in shown.diff_iter(next) {
        changed = true;
        if erased == Some(y) {
            continue;
        }
        let blank_from = blank_from(next, y);
        if x >= blank_from && next.area.right() - x > GAP {
            pen.go_to(next, blank_from.max(x.saturating_sub(GAP)).min(x), y);
            pen.dress(Look::default());
            pen.put("\x1b[K");
            erased = Some(y);
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
    filled.map_or(buffer.area.left(), |x| x + 1 + u16::from(wide(&buffer[(x, y)])))
}

fn wide(cell: &Cell) -> bool {
    crate::text::width(cell.symbol()) > 1
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
        let x = x + if wide(cell) { 2 } else { 1 };
        // After the last column terminals differ in where the cursor is.
        self.at = (x < right).then_some((x, y));
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
    fn wide_characters_keep_their_place() {
        let shown = Buffer::with_lines(["abcdef"]);
        assert_eq!(bytes(&shown, &Buffer::with_lines(["a日dEf"])), "\x1b[1;2H日dE");
    }
}
