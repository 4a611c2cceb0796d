//! Making mails from seeds, and holding what was read from them against what was written.
//!
//! Must not live here: how it is shown.

use super::clients::{CLIENTS, Client, Content, Layout, Signature, html, plain};
use super::languages::{LANGUAGES, Language};
use frontdesk_mail::{Ours, read};

/// Which parts a mail has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Plain,
    Html,
    Both,
}

/// Where the person's lines come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wording {
    /// Read while the rules were written.
    Known,
    /// Read once the rules were written, and followed since.
    Second,
    /// Never followed: only measured.
    Unseen,
}

/// How we are called.
const NAMES: [&str; 6] = [
    "Harbour Heating Bookings",
    "Jo",
    "Müller & Söhne Haustechnik GmbH",
    "\"Whitfield, Dana\"",
    "bookings+r42.k7x9@desk.example",
    "The Harbour Heating and Plumbing Appointment Desk of Leeds",
];

/// One mail, and what was made of it.
pub struct Outcome {
    pub client: Client,
    pub language: &'static str,
    pub layout: Layout,
    pub form: Form,
    pub exact: bool,
    /// Lines of the person that are not in what was read.
    pub lost: Vec<String>,
    pub raw: String,
    pub said: String,
    pub wanted: String,
}

/// Numbers from a seed (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as usize
    }
}

/// Every program, language, layout and form, `rounds` times.
pub fn all(wording: Wording, rounds: u64) -> Vec<Outcome> {
    every(wording, rounds, Client::layouts)
}

/// The same with answers typed into our mail, which nothing marks: none may be lost, and what is
/// read is everything.
pub fn unmarked(wording: Wording, rounds: u64) -> Vec<Outcome> {
    every(wording, rounds, |_| &[Layout::Announced, Layout::Alone])
}

fn every(wording: Wording, rounds: u64, layouts: impl Fn(Client) -> &'static [Layout]) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    let mut seed = 1 + 1_000_003 * wording as u64;
    for language in &LANGUAGES {
        for client in CLIENTS {
            for layout in layouts(client) {
                for form in [Form::Plain, Form::Html, Form::Both] {
                    for _ in 0..rounds {
                        seed += 7;
                        outcomes.push(one(language, client, *layout, form, wording, seed));
                    }
                }
            }
        }
    }
    outcomes
}

fn one(
    language: &'static Language,
    client: Client,
    layout: Layout,
    form: Form,
    wording: Wording,
    seed: u64,
) -> Outcome {
    let mut dice = Dice(seed);
    let pool = match wording {
        Wording::Known => &language.known,
        Wording::Second => &language.second,
        Wording::Unseen => &language.unseen,
    };
    let mut own: Vec<String> = Vec::new();
    let count = 1 + dice.below(5);
    let mut used = Vec::new();
    while used.len() < count.max(if layout == Layout::Inline { 2 } else { 1 }) {
        let at = dice.below(pool.len());
        if used.contains(&at) {
            continue;
        }
        used.push(at);
        if !own.is_empty() && dice.below(3) == 0 {
            own.push(String::new());
        }
        own.push(pool[at].to_owned());
    }
    if layout != Layout::Inline && dice.below(2) == 0 {
        own.extend([String::new(), language.bye.to_owned(), "Dana Whitfield".to_owned()]);
    }
    let delimited = ["Dana Whitfield", "Whitfield Plumbing", "14 Mill Lane"];
    let device = language.devices[match client {
        Client::OutlookPhone => 1,
        Client::Samsung => 2,
        Client::Yahoo => 3,
        _ => 0,
    }];
    let phone = matches!(client, Client::Iphone | Client::OutlookPhone | Client::Samsung | Client::Yahoo);
    let signature = match dice.below(4) {
        0 => Signature::None,
        1 if matches!(client, Client::OutlookDesktop | Client::OutlookWeb) => {
            Signature::Disclaimer(language.disclaimer)
        }
        _ if phone => Signature::Device(device),
        1 | 2 => Signature::Delimited(&delimited),
        _ => Signature::None,
    };
    // Answers nothing marks: in our mail, announced or alone.
    let mut typed = Vec::new();
    if matches!(layout, Layout::Announced | Layout::Alone) {
        typed = std::mem::take(&mut own);
        typed.retain(|line| !line.is_empty());
        if layout == Layout::Announced {
            own.push(language.below.to_owned());
        }
    }
    let content = Content {
        language,
        name: if wording == Wording::Known { NAMES[0] } else { NAMES[dice.below(NAMES.len())] },
        address: "bookings+r42.k7x9@desk.example",
        own: &own,
        typed: &typed,
        signature,
        layout: if typed.is_empty() { layout } else { Layout::Top },
    };
    let (text, page) = (plain(client, &content), html(client, &content));
    let raw = mail(form, &text, &page, client, &mut dice);
    let ours = Ours {
        addresses: vec!["bookings@desk.example".into()],
        id_domains: vec!["desk.example".into()],
        ..Ours::default()
    };
    let reading = read(raw.as_bytes(), &ours);
    let said = reading.words.said;
    let wanted = own.join("\n");
    let read_words = words(&said);
    let kept = |line: &&String| {
        // What was typed into a quote carries its marks, and is wrapped with them.
        let unmarked = |text: &str| words(text).into_iter().filter(|w| w != ">").collect::<Vec<_>>();
        contains(&read_words, &words(line))
            || typed.contains(*line) && contains(&unmarked(&said), &unmarked(line))
    };
    let lost = own.iter().chain(&typed).filter(|line| !kept(line)).cloned().collect();
    Outcome {
        client,
        language: language.code,
        layout,
        form,
        exact: read_words == words(&wanted),
        lost,
        raw,
        said,
        wanted,
    }
}

pub fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn contains(all: &[String], some: &[String]) -> bool {
    some.is_empty() || all.windows(some.len()).any(|window| window == some)
}

fn mail(form: Form, text: &str, page: &str, client: Client, dice: &mut Dice) -> String {
    let head = "From: Dana Whitfield <dana@customer.example>\r\nTo: bookings+r42.k7x9@desk.example\r\nSubject: Re: R-44\r\nDate: Fri, 20 Nov 2026 18:12:31 +0000\r\nMessage-ID: <x1@customer.example>\r\nMIME-Version: 1.0\r\n";
    let flowed = client == Client::Thunderbird;
    let mut part = |mime: &str, body: &str| {
        let flow = if flowed && mime == "text/plain" { "; format=flowed" } else { "" };
        let body = if flow.is_empty() { body.to_owned() } else { flow_text(body) };
        let (encoding, body) = match dice.below(3) {
            0 => ("base64", base64(body.as_bytes())),
            1 => ("quoted-printable", quoted_printable(&body)),
            _ => ("8bit", body.replace('\n', "\r\n")),
        };
        format!(
            "Content-Type: {mime}; charset=UTF-8{flow}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{body}\r\n"
        )
    };
    match form {
        Form::Plain => format!("{head}{}", part("text/plain", text)),
        Form::Html => format!("{head}{}", part("text/html", page)),
        Form::Both => format!(
            "{head}Content-Type: multipart/alternative; boundary=\"b1\"\r\n\r\n--b1\r\n{}\r\n--b1\r\n{}\r\n--b1--\r\n",
            part("text/plain", text),
            part("text/html", page)
        ),
    }
}

/// RFC 3676: what begins with a mark or a blank is stuffed, lines do not end in blanks by chance.
fn flow_text(body: &str) -> String {
    let stuffed = |line: &str| {
        let quote = line.starts_with("> ") || line == ">";
        let own_mark = line.starts_with('>') && !quote;
        // A person's own `> …` line cannot be told from a quote unless it is stuffed.
        if own_mark || line.starts_with(' ') { format!(" {line}") } else { line.to_owned() }
    };
    body.lines()
        .map(|line| if line == "-- " { line.to_owned() } else { stuffed(line.trim_end()) })
        .collect::<Vec<_>>()
        .join("\n")
}

pub fn quoted_printable(text: &str) -> String {
    let mut out = String::new();
    for line in text.split('\n') {
        let mut column = 0;
        for byte in line.bytes() {
            let piece = match byte {
                b'=' | 0..=31 | 127..=255 => format!("={byte:02X}"),
                _ => char::from(byte).to_string(),
            };
            if column + piece.len() > 74 {
                out.push_str("=\r\n");
                column = 0;
            }
            column += piece.len();
            out.push_str(&piece);
        }
        if line.ends_with(' ') {
            out.pop();
            out.push_str("=20");
        }
        out.push_str("\r\n");
    }
    out
}

pub fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for (n, chunk) in bytes.chunks(3).enumerate() {
        if n > 0 && n % 19 == 0 {
            out.push_str("\r\n");
        }
        let bits = chunk.iter().fold(0_u32, |bits, b| bits << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * i) & 63) as usize];
            out.push(if i <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}
