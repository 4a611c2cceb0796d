//! Mails as mail programs write them: plain text, HTML, and where an answer may stand.
//!
//! Must not live here: the words (`languages`), judging what was read from them (`judge`).

use super::languages::Language;

/// A mail program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Client {
    GmailWeb,
    GmailPhone,
    AppleMac,
    Iphone,
    OutlookDesktop,
    OutlookWeb,
    OutlookPhone,
    Thunderbird,
    Yahoo,
    Proton,
    Gmx,
    Samsung,
}

pub const CLIENTS: [Client; 12] = [
    Client::GmailWeb,
    Client::GmailPhone,
    Client::AppleMac,
    Client::Iphone,
    Client::OutlookDesktop,
    Client::OutlookWeb,
    Client::OutlookPhone,
    Client::Thunderbird,
    Client::Yahoo,
    Client::Proton,
    Client::Gmx,
    Client::Samsung,
];

/// Where the answer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layout {
    Top,
    Bottom,
    Inline,
    /// Typed into the quote without a mark, below a line that says so.
    Announced,
    /// The same without that line.
    Alone,
}

impl Client {
    /// Where its marks allow an answer to be told from the quote.
    pub fn layouts(self) -> &'static [Layout] {
        match self {
            Self::GmailWeb | Self::AppleMac | Self::Thunderbird | Self::Proton => {
                &[Layout::Top, Layout::Bottom, Layout::Inline]
            }
            Self::GmailPhone | Self::Iphone => &[Layout::Top, Layout::Inline],
            _ => &[Layout::Top],
        }
    }
}

/// What goes into a mail.
pub struct Content<'a> {
    pub language: &'a Language,
    pub name: &'a str,
    pub address: &'a str,
    /// The person's lines, for an inline answer in two halves. An empty one is a blank line.
    pub own: &'a [String],
    /// Lines the person typed into our mail, where nothing marks them.
    pub typed: &'a [String],
    pub signature: Signature<'a>,
    pub layout: Layout,
}

/// What stands under the answer.
#[derive(Clone, Copy)]
pub enum Signature<'a> {
    None,
    /// Behind `-- `.
    Delimited(&'a [&'a str]),
    /// A telephone's line.
    Device(&'a str),
    /// A lawyer's.
    Disclaimer(&'a str),
}

impl Content<'_> {
    /// Our mail, with what the person typed into it.
    fn ours(&self) -> Vec<String> {
        let (first, second) = self.language.ours.split_at(3);
        let typed = self.typed.iter().cloned();
        first
            .iter()
            .map(|l| (*l).to_owned())
            .chain(typed)
            .chain(second.iter().map(|l| (*l).to_owned()))
            .collect()
    }

    fn filled(&self, template: &str) -> String {
        template.replace("{n}", self.name).replace("{a}", self.address)
    }

    fn halves(&self) -> (&[String], &[String]) {
        self.own.split_at(self.own.len().div_ceil(2))
    }
}

fn introduction(client: Client, content: &Content<'_>) -> String {
    let language = content.language;
    content.filled(match client {
        Client::GmailWeb | Client::GmailPhone => language.gmail,
        Client::AppleMac | Client::Iphone => language.apple,
        Client::Thunderbird => language.thunderbird,
        Client::Yahoo => language.yahoo,
        _ => language.proton,
    })
}

/// The plain part.
pub fn plain(client: Client, content: &Content<'_>) -> String {
    let width = match client {
        Client::GmailWeb | Client::GmailPhone => 76,
        _ => 1000,
    };
    let own: Vec<String> = content.own.iter().flat_map(|line| wrap(line, width)).collect();
    let sign = plain_signature(content.signature).join("\n");
    let intro = wrap(&introduction(client, content), if width < 1000 { width } else { 72 }).join("\n");
    let quoted: Vec<String> = content.ours().iter().flat_map(|line| wrap(line, width.min(72))).collect();
    let marked = |lines: &[String]| lines.iter().map(|l| format!("> {l}")).collect::<Vec<_>>().join("\n>\n");
    let (first, second) = quoted.split_at(3.min(quoted.len()));
    let own_text = own.join("\n");
    match client {
        Client::OutlookDesktop => format!(
            "{own_text}\n\n{sign}\n\n{}\n{}\n{}",
            content.language.original,
            block(&content.language.outlook, content, [0, 1, 2, 3], content.language.outlook[4]),
            content.ours().join("\n\n")
        ),
        Client::OutlookWeb | Client::OutlookPhone => format!(
            "{own_text}\n\n{sign}\n________________________________\n{}\n\n{}",
            block(&content.language.outlook, content, [0, 1, 2, 3], content.language.outlook[4]),
            content.ours().join("\n\n")
        ),
        Client::Yahoo => format!(
            "{own_text}\n\n{sign}\n\n    {}  \n \n {}",
            introduction(client, content),
            content.ours().join("\n\n ")
        ),
        Client::Gmx => format!(
            "{own_text}\n{sign}\n \n \n\n{}\n{}",
            block(&content.language.gmx, content, [1, 0, 2, 3], content.language.gmx[4]),
            content.ours().join("\n")
        ),
        Client::Samsung => format!(
            "{own_text}\n\n{sign}\n\n{}\n{}\n{}",
            content.language.samsung[0],
            block(
                &[
                    content.language.samsung[1],
                    content.language.samsung[2],
                    content.language.samsung[3],
                    content.language.samsung[4],
                    ""
                ],
                content,
                [0, 1, 2, 3],
                "20/11/2026 12:58 (GMT+00:00)"
            ),
            content.ours().join("\n")
        ),
        Client::Iphone if content.layout == Layout::Top => {
            let all: Vec<String> =
                std::iter::once(introduction(client, content)).chain(quoted.iter().cloned()).collect();
            format!("{own_text}\n\n{sign}\n\n{}", marked(&all))
        }
        _ => match content.layout {
            Layout::Top | Layout::Announced | Layout::Alone => {
                format!("{own_text}\n\n{sign}\n\n{intro}\n\n{}", marked(&quoted))
            }
            Layout::Bottom => format!("{intro}\n{}\n\n{own_text}\n\n{sign}", marked(&quoted)),
            Layout::Inline => {
                let (a, b) = content.halves();
                let wrapped = |lines: &[String]| {
                    lines.iter().flat_map(|l| wrap(l, width)).collect::<Vec<_>>().join("\n")
                };
                format!(
                    "{intro}\n\n{}\n\n{}\n\n{}\n\n{}\n\n{sign}",
                    marked(first),
                    wrapped(a),
                    marked(second),
                    wrapped(b)
                )
            }
        },
    }
}

/// The header of the answered mail as text: `order` gives the role of each label.
fn block(labels: &[&str; 5], content: &Content<'_>, order: [usize; 4], date: &str) -> String {
    let colon = if content.language.code == "fr" { " :" } else { ":" };
    let values = [
        format!("{} <{}>", content.name, content.address),
        date.to_owned(),
        "Dana Whitfield <dana@customer.example>".to_owned(),
        "R-44 14 Mill Lane".to_owned(),
    ];
    (0..4).map(|i| format!("{}{colon} {}", labels[i], values[order[i]])).collect::<Vec<_>>().join("\n")
}

fn plain_signature(signature: Signature<'_>) -> Vec<String> {
    match signature {
        Signature::None => Vec::new(),
        Signature::Delimited(lines) => {
            std::iter::once("-- ").chain(lines.iter().copied()).map(str::to_owned).collect()
        }
        Signature::Device(line) | Signature::Disclaimer(line) => vec![line.to_owned()],
    }
}

/// The page.
pub fn html(client: Client, content: &Content<'_>) -> String {
    let own = |lines: &[String]| -> String {
        lines
            .iter()
            .map(|line| {
                if line.is_empty() {
                    "<div><br></div>".to_owned()
                } else {
                    format!("<div>{}</div>", escape(line))
                }
            })
            .collect()
    };
    let intro = linked(&introduction(client, content), content.address);
    let quoted: Vec<String> = content.ours().iter().map(|line| escape(line)).collect();
    let all = quoted.join("<br><br>");
    let (first, second) = (quoted[..3].join("<br>"), quoted[3..].join("<br>"));
    let (a, b) = content.halves();
    let sign = html_signature(client, content.signature);
    match client {
        Client::GmailWeb | Client::GmailPhone => {
            let quote = |text: &str| {
                format!(
                    "<blockquote class=\"gmail_quote\" style=\"margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex\">{text}</blockquote>"
                )
            };
            let attr = format!("<div dir=\"ltr\" class=\"gmail_attr\">{intro}<br></div>");
            match content.layout {
                Layout::Top | Layout::Announced | Layout::Alone => format!(
                    "<div dir=\"ltr\">{}</div>{sign}<br><div class=\"gmail_quote gmail_quote_container\">{attr}{}</div>",
                    own(content.own),
                    quote(&all)
                ),
                Layout::Bottom => format!(
                    "<div dir=\"ltr\"><div class=\"gmail_quote\">{attr}{}<div><br></div>{}</div>{sign}</div>",
                    quote(&all),
                    own(content.own)
                ),
                Layout::Inline => format!(
                    "<div dir=\"ltr\"><div class=\"gmail_quote\">{attr}{}<div><br></div>{}<div><br></div>{}{}</div>{sign}</div>",
                    quote(&first),
                    own(a),
                    quote(&second),
                    own(b)
                ),
            }
        }
        Client::AppleMac | Client::Iphone => {
            let head = "<html><head><meta http-equiv=\"content-type\" content=\"text/html; charset=utf-8\"></head><body style=\"overflow-wrap: break-word; -webkit-nbsp-mode: space; line-break: after-white-space;\">";
            let quote =
                |text: &str| format!("<blockquote type=\"cite\"><div dir=\"ltr\">{text}</div></blockquote>");
            let introduction = if client == Client::Iphone {
                format!("<div dir=\"ltr\"><br><blockquote type=\"cite\">{intro}<br><br></blockquote></div>")
            } else {
                format!(
                    "<div><br><blockquote type=\"cite\"><div>{intro}</div><br class=\"Apple-interchange-newline\"></blockquote></div>"
                )
            };
            let body = match content.layout {
                Layout::Top | Layout::Announced | Layout::Alone => {
                    format!("{}{sign}{introduction}{}", own(content.own), quote(&all))
                }
                Layout::Bottom => format!("{introduction}{}<br>{}{sign}", quote(&all), own(content.own)),
                Layout::Inline => {
                    format!("{introduction}{}{}{}{}{sign}", quote(&first), own(a), quote(&second), own(b))
                }
            };
            format!("{head}{body}</body></html>")
        }
        Client::OutlookDesktop => {
            let lines: String = content
                .own
                .iter()
                .map(|l| {
                    format!(
                        "<p class=\"MsoNormal\">{}<o:p></o:p></p>",
                        if l.is_empty() { "&nbsp;".to_owned() } else { escape(l) }
                    )
                })
                .collect();
            format!(
                "<html xmlns:o=\"urn:schemas-microsoft-com:office:office\"><head><style><!-- p.MsoNormal {{margin:0cm}} --></style><!--[if gte mso 9]><xml>x</xml><![endif]--></head><body lang=\"EN-GB\"><div class=\"WordSection1\">{lines}<p class=\"MsoNormal\"><o:p>&nbsp;</o:p></p>{sign}<div><div style=\"border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm\"><p class=\"MsoNormal\">{}<o:p></o:p></p></div></div><p class=\"MsoNormal\"><o:p>&nbsp;</o:p></p>{}</div></body></html>",
                html_block(content),
                quoted
                    .iter()
                    .map(|l| format!("<p class=\"MsoNormal\">{l}<o:p></o:p></p>\n"))
                    .collect::<String>()
            )
        }
        Client::OutlookWeb | Client::OutlookPhone => {
            let (hr, id) = if client == Client::OutlookWeb {
                ("<hr tabindex=\"-1\" style=\"display:inline-block; width:98%\">", "x_divRplyFwdMsg")
            } else {
                ("<hr style=\"display:inline-block;width:98%\" tabindex=\"-1\">", "divRplyFwdMsg")
            };
            format!(
                "<html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\"></head><body dir=\"ltr\"><div class=\"elementToProof\">{}</div>{sign}<div id=\"appendonsend\"></div>{hr}<div id=\"{id}\" dir=\"ltr\"><font face=\"Calibri, sans-serif\" color=\"#000000\" style=\"font-size:11pt\">{}</font><div>&nbsp;</div></div><div>{all}</div></body></html>",
                own(content.own),
                html_block(content)
            )
        }
        Client::Thunderbird => {
            let prefix = format!("<div class=\"moz-cite-prefix\">{intro}<br></div>");
            let quote = |text: &str| {
                format!(
                    "<blockquote type=\"cite\" cite=\"mid:conf-44@desk.example\"><p>{text}</p></blockquote>"
                )
            };
            let paragraphs = |lines: &[String]| {
                lines.iter().map(|l| format!("<p>{}<br></p>", escape(l))).collect::<String>()
            };
            let body = match content.layout {
                Layout::Top | Layout::Announced | Layout::Alone => {
                    format!("{}{sign}{prefix}{}", paragraphs(content.own), quote(&all))
                }
                Layout::Bottom => format!("{prefix}{}{}{sign}", quote(&all), paragraphs(content.own)),
                Layout::Inline => format!(
                    "{prefix}{}{}{}{}{sign}",
                    quote(&first),
                    paragraphs(a),
                    quote(&second),
                    paragraphs(b)
                ),
            };
            format!(
                "<!DOCTYPE html><html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=UTF-8\"></head><body>{body}</body></html>"
            )
        }
        Client::Yahoo => format!(
            "<html><body><div class=\"ydp1 yahoo-style-wrap\" style=\"font-family:Helvetica Neue;font-size:16px;\"><div dir=\"ltr\">{}</div><div><br></div>{sign}</div><div id=\"ydpyahoo_quoted_1\" class=\"ydp yahoo_quoted\"><div style=\"font-family:sans-serif;\"><div>{intro}</div><div><br></div><div><br></div><div><div>{all}</div></div></div></div></body></html>",
            own(content.own)
        ),
        Client::Proton => {
            let quote = |text: &str| {
                format!("<blockquote class=\"protonmail_quote\" type=\"cite\">{text}</blockquote>")
            };
            match content.layout {
                Layout::Top | Layout::Announced | Layout::Alone => format!(
                    "<div style=\"font-family: Arial\">{}</div>{sign}<div class=\"protonmail_quote\">{intro}<br><br>{}<br></div>",
                    own(content.own),
                    quote(&all)
                ),
                Layout::Bottom => format!(
                    "<div class=\"protonmail_quote\">{intro}<br><br>{}<br></div>{}{sign}",
                    quote(&all),
                    own(content.own)
                ),
                Layout::Inline => format!(
                    "<div class=\"protonmail_quote\">{intro}<br><br>{}{}{}</div>{}{sign}",
                    quote(&first),
                    own(a),
                    quote(&second),
                    own(b)
                ),
            }
        }
        Client::Gmx => {
            let labels = content.language.gmx;
            let values = [
                labels[4].to_owned(),
                format!("{} &lt;{}&gt;", escape(content.name), content.address),
                "dana@customer.example".to_owned(),
                "R-44".to_owned(),
            ];
            let header: String =
                (0..4).map(|i| format!("<b>{}:</b>&nbsp;{}<br/>", labels[i], values[i])).collect();
            format!(
                "<html><head></head><body><div style=\"font-family: Verdana;font-size: 12.0px;\"><div>{}</div>{sign}<div>&nbsp;<div name=\"quote\" style=\"margin:10px 5px 5px 10px; padding: 10px 0 10px 10px; border-left:2px solid #C3D9E5; word-wrap: break-word;\"><div style=\"margin:0 0 10px 0;\">{header}</div><div name=\"quoted-content\">{all}</div></div></div></div></body></html>",
                own(content.own)
            )
        }
        Client::Samsung => {
            let labels = content.language.samsung;
            let values = [
                format!("{} &lt;{}&gt;", escape(content.name), content.address),
                "20/11/2026  12:58  (GMT+00:00)".to_owned(),
                "Dana &lt;dana@customer.example&gt;".to_owned(),
                "R-44".to_owned(),
            ];
            let header: String =
                (0..4).map(|i| format!("<div>{}: {} </div>", labels[i + 1], values[i])).collect();
            format!(
                "<html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=UTF-8\"></head><body dir=\"auto\"><div dir=\"auto\">{}</div><div><br></div>{sign}<div><br></div><div align=\"left\" dir=\"auto\" style=\"font-size:100%;color:#000000\"><div>{}</div>{header}<div><br></div></div>{all}</body></html>",
                own(content.own),
                labels[0]
            )
        }
    }
}

fn html_block(content: &Content<'_>) -> String {
    let labels = content.language.outlook;
    let colon = if content.language.code == "fr" { "&nbsp;:" } else { ":" };
    let values = [
        format!("{} &lt;{}&gt;", escape(content.name), content.address),
        labels[4].to_owned(),
        "Dana Whitfield &lt;dana@customer.example&gt;".to_owned(),
        "R-44 14 Mill Lane".to_owned(),
    ];
    (0..4).map(|i| format!("<b>{}{colon}</b> {}", labels[i], values[i])).collect::<Vec<_>>().join("<br>")
}

fn html_signature(client: Client, signature: Signature<'_>) -> String {
    let text = match signature {
        Signature::None => return String::new(),
        Signature::Delimited(lines) => lines.iter().map(|l| escape(l)).collect::<Vec<_>>().join("<br>"),
        Signature::Device(line) | Signature::Disclaimer(line) => {
            return match client {
                Client::OutlookPhone => format!(
                    "<div id=\"ms-outlook-mobile-signature\"><div><br></div><a href=\"https://outlook.example/o\">{}</a></div>",
                    escape(line)
                ),
                Client::Iphone => format!(
                    "<br id=\"lineBreakAtBeginningOfSignature\"><div dir=\"ltr\">{}</div>",
                    escape(line)
                ),
                _ => format!("<div><br></div><div>{}</div>", escape(line)),
            };
        }
    };
    match client {
        Client::GmailWeb | Client::GmailPhone => format!(
            "<br clear=\"all\"><div><br></div><span class=\"gmail_signature_prefix\">-- </span><br><div dir=\"ltr\" class=\"gmail_signature\" data-smartmail=\"gmail_signature\">{text}</div>"
        ),
        Client::Thunderbird => {
            format!("<pre class=\"moz-signature\" cols=\"72\">-- \n{}</pre>", text.replace("<br>", "\n"))
        }
        Client::Proton => format!(
            "<div class=\"protonmail_signature_block\"><div class=\"protonmail_signature_block-user\">{text}</div></div>"
        ),
        _ => format!("<div>-- <br>{text}</div>"),
    }
}

fn linked(text: &str, address: &str) -> String {
    escape(text).replace(&escape(address), &format!("<a href=\"mailto:{0}\">{0}</a>", escape(address)))
}

pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Hard breaks at blanks.
fn wrap(line: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in line.split(' ') {
        let last = lines.last_mut().expect("a line");
        if !last.is_empty() && last.chars().count() + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines
}
