//! Whose words stand in a mail, case by case: what must go, and what must stay.

mod support;

use frontdesk_mail::{Doubt, Note, typed_into, words_of};
use support::{mail, said, said_html};

const QUOTE: &str = "> Your visit is on Tuesday.\n>\n> Reply YES to confirm.\n> To stop, unsubscribe.";

#[test]
fn introductions_of_many_languages_go() {
    for introduction in [
        "On Fri, 20 Nov 2026 at 18:12, Desk <\nbookings@desk.example> wrote:",
        "On Fri, Nov 20, 2026 at 6:12\u{202f}PM Harbour Heating Bookings Department <\nbookings@desk.example> wrote:",
        "Am 20.11.26 um 18:12 schrieb Desk:",
        "Desk <bookings@desk.example> schrieb am Fr., 20. Nov. 2026, 18:12:",
        "Le ven. 20 nov. 2026 à 18:12, Desk <bookings@desk.example> a écrit :",
        "El vie, 20 nov 2026 a las 18:12, Desk (<bookings@desk.example>) escribió:",
        "Il giorno ven 20 nov 2026 alle ore 18:12 Desk ha scritto:",
        "Op 20 nov. 2026, om 18:12 heeft Desk het volgende geschreven:",
        "Den fre 20 nov. 2026 kl 18:12 skrev Desk <bookings@desk.example>:",
        "W dniu 20.11.2026 o 18:12, Desk napisał(a):",
        "Em sex., 20 de nov. de 2026 às 18:12, Desk <bookings@desk.example> escreveu:",
        "2026年11月20日(金) 18:12 Desk <bookings@desk.example>:",
        "Desk wrote:",
    ] {
        assert_eq!(
            said(&format!("Tuesday is fine.\n\n{introduction}\n\n{QUOTE}")),
            "Tuesday is fine.",
            "{introduction}"
        );
    }
}

#[test]
fn headers_of_the_answered_mail_go() {
    for (above, labels) in [
        ("", ["From", "Sent", "To", "Subject"]),
        ("________________________________\n", ["Von", "Gesendet", "An", "Betreff"]),
        ("", ["Von", "Datum", "An", "Betreff"]),
        ("-----Original Message-----\n", ["From", "Sent", "To", "Subject"]),
        ("", ["Fra", "Sendt", "Til", "Emne"]),
        ("", ["Från", "Skickat", "Till", "Ämne"]),
        ("", ["发件人", "发送时间", "收件人", "主题"]),
        ("--------- Message original ---------\n", ["De ", "Date ", "À ", "Objet "]),
        ("", ["*From", "*Sent", "*To", "*Subject"]),
    ] {
        let [from, sent, to, subject] = labels;
        let text = format!(
            "Tuesday is fine.\n\n{above}{from}: Desk <bookings@desk.example>\n{sent}: 20 November 2026 18:12\n{to}: Dana\n{subject}: Visit\n\nReply YES to confirm."
        );
        assert_eq!(said(&text), "Tuesday is fine.", "{labels:?}");
    }
    let hotmail = "Fine.\n\nSubject: Visit\nFrom: bookings@desk.example\nTo: dana@customer.example\nDate: Fri, 20 Nov 2026 18:12:31 +0000\n\nOld";
    assert_eq!(said(hotmail), "Fine.");
}

#[test]
fn what_only_looks_like_a_quote_stays() {
    for text in [
        "On Monday my son wrote: ring twice.",
        "Am Montag schrieb ich schon: Heizung kalt",
        "Le message précédent, c'est moi qui l'ai représenté",
        "El lunes, mejor por la tarde:\n- a las 4",
        "Il cliente ha scritto: confermo",
        "Op dinsdag kan ik:\n9 uur",
        "Til: kun mig",
        "2026年11月20日は大丈夫です",
        "Subject: boiler\nIt leaks.",
        "From: Leeds\nTo: York\nDate: 3 March 2027",
        "From: Leeds\nTo: York\nSubject: piano\nDate: 3 March",
        "> 50 is too much\nso no.",
        "I agree that 5 > 3 works\n> really",
        "Dana -- your neighbour\nPhones: 020 7946 0018, 07700 900 456",
        "14 Mill Lane\nLeeds\nDana",
        "Please unsubscribe me",
        "Original message:\nIt leaks in the cellar.",
        "Call me back on\n07700 900 456",
        "On 3 March 2026 at 14:00 your plumber wrote:\nwill come at nine",
        "-----\nOption one\n-----\nOption two",
        "Sent from my office yesterday, did it arrive?",
        "Confidential: the code is 12. Delete it after reading, please?",
    ] {
        assert_eq!(said(text), text);
        let page = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\n', "<br>");
        assert_eq!(said_html(&format!("<div>{page}</div>")), text);
        let quoted =
            format!("{text}\n\nOn Fri, 20 Nov 2026 at 18:12, Desk <bookings@desk.example> wrote:\n\n{QUOTE}");
        assert_eq!(said(&quoted), text);
    }
}

#[test]
fn signatures_go_and_numbers_to_call_stay() {
    for (text, kept) in [
        ("Fine.\n\n-- \nDana Whitfield\nPlumber", "Fine."),
        ("Fine.\n\nGet Outlook for iOS<https://mail.example/o>", "Fine."),
        ("Fine.\n\nVon meinem iPhone gesendet", "Fine."),
        ("Fine.\nDana\n07700 900 456", "Fine.\nDana\n07700 900 456"),
        ("Fine.\n--\nAlso please bring a ladder for me.", "Fine.\n--\nAlso please bring a ladder for me."),
        ("Fine.\n\n-- \nWhich day?", "Fine.\n\n--\nWhich day?"),
        ("Fine -- \nor not", "Fine --\nor not"),
    ] {
        assert_eq!(said(text), kept);
    }
}

#[test]
fn a_block_quote_alone_is_formatting() {
    assert_eq!(
        said_html("<p>As I said:</p><blockquote>ring twice</blockquote><p>Dana</p>"),
        "As I said:\n\nring twice\n\nDana"
    );
    let indented = "<div>As John said:<blockquote class=\"gmail_quote\">ring twice</blockquote>Dana</div>";
    assert_eq!(said_html(indented), "As John said:\nring twice\n\nDana");
    let cited = "<p>Fine.</p><blockquote type=cite>Reply YES</blockquote>";
    assert_eq!(said_html(cited), "Fine.");
    let outlook =
        "<div>Fine.</div><hr><div id=\"x_divRplyFwdMsg\"><b>From:</b> Desk</div><div>Reply YES</div>";
    assert_eq!(said_html(outlook), "Fine.");
}

#[test]
fn where_nothing_new_stands_everything_is_kept() {
    let forward = "---------- Forwarded message ---------\nFrom: Ann <ann@customer.example>\nDate: Fri, Nov 20, 2026 at 12:58 PM\nSubject: Boiler\nTo: Dana <dana@customer.example>\n\nIt leaks.";
    let reading = mail("Content-Type: text/plain", forward);
    assert!(reading.words.said.contains("It leaks.") && reading.words.doubt == Some(Doubt::NothingNew));
    let apple = "Begin forwarded message:\n\n> From: Ann <ann@customer.example>\n> Date: 20 November 2026 at 12:58\n> Subject: Boiler\n>\n> It leaks.";
    assert!(said(apple).contains("It leaks."));
    assert_eq!(said(&format!("Please call Ann.\n\n{apple}")), "Please call Ann.");
    let below = "-----Original Message-----\nFrom: Desk <bookings@desk.example>\nSent: Friday, 20 November 2026 18:12\nTo: Dana\nSubject: Visit\n\nReply YES.\n\nYes, Tuesday is fine.\n\n-- \nDana";
    let reading = mail("Content-Type: text/plain", below);
    assert!(
        reading.words.said.contains("Yes, Tuesday is fine.")
            && reading.words.doubt == Some(Doubt::NothingNew)
    );
}

#[test]
fn answers_inside_a_quote_are_kept_where_a_person_says_so() {
    let page = "<div>Hi, see my answers below in red.</div><hr><div id=divRplyFwdMsg><b>From:</b> Desk &lt;bookings@desk.example&gt;<br><b>Sent:</b> 20 November 2026 18:12</div><div>Which day?<br><span style=\"color:red\">Tuesday</span></div>";
    let reading = mail("Content-Type: text/html", page);
    assert!(reading.words.said.contains("Tuesday") && reading.words.doubt == Some(Doubt::AnswersInside));
}

#[test]
fn words_typed_into_a_quote_are_found_by_what_we_sent() {
    let sent =
        "Your visit is on Tuesday.\nWhich day suits you, and is there parking near the house?\nReply YES.";
    let quoted = "On Fri, 20 Nov 2026 at 18:12, Desk <bookings@desk.example> wrote:\n> Your visit is on Tuesday.\n> Which day suits you, and is\n> there parking near the house?\n> Wednesday, and yes.\n> Reply YES.";
    assert_eq!(typed_into(quoted, sent), "Wednesday, and yes.");
}

#[test]
fn the_fuller_version_is_taken_and_both_are_shown() {
    let both = |plain: &str, page: &str| {
        mail(
            "Content-Type: multipart/alternative; boundary=b",
            &format!(
                "--b\nContent-Type: text/plain\n\n{plain}\n--b\nContent-Type: text/html\n\n{page}\n--b--"
            ),
        )
    };
    let empty = both("", "<p>Tuesday is fine</p>");
    assert_eq!(
        (empty.words.said.as_str(), empty.notes.contains(&Note::PartsDiffer)),
        ("Tuesday is fine", false)
    );
    let stale = both(
        "This mail needs a program for pages.",
        "<p>Tuesday is fine, and please bring the long ladder along.</p>",
    );
    assert!(stale.words.said.starts_with("Tuesday") && stale.notes.contains(&Note::PartsDiffer));
    assert_eq!(stale.other_version.as_deref(), Some("This mail needs a program for pages."));
    let hidden = said_html("<div style=\"display:none\">Preview words</div><p>Fine</p>");
    assert_eq!(hidden, "Fine");
    let apple = mail(
        "Content-Type: multipart/mixed; boundary=b",
        "--b\nContent-Type: text/plain\n\nBefore\n--b\nContent-Type: image/jpeg; name=\"../gate.jpg\"\nContent-Transfer-Encoding: base64\n\nAAAA\n--b\nContent-Type: text/plain\n\nAfter\n--b--",
    );
    assert_eq!(apple.words.said, "Before\n\nAfter");
    assert_eq!((apple.attachments[0].name.as_str(), apple.attachments[0].size), ("gate.jpg", 3));
}

#[test]
fn words_from_hooks_are_divided_like_those_of_mails() {
    let text = "Sure, call me Tuesday after 3.\n\nDana\n\nOn Thu, Nov 19, 2026 at 9:00 AM Sam <sam@outreach.example> wrote:\n> quick question";
    assert_eq!(words_of(text).said, "Sure, call me Tuesday after 3.\n\nDana");
    assert_eq!(words_of("<div dir=\"ltr\">Yes</div>").said, "Yes");
}

#[test]
fn the_customer_s_line_before_an_introduction_stays() {
    let text = "I'll try to fix it as soon as I\nget back to a telephone.\nOn Dec 8, 2026 2:10 PM, \"Desk\" <bookings@desk.example> wrote:\n\n> Which day?\n>\n> Reply.";
    assert_eq!(said(text), "I'll try to fix it as soon as I\nget back to a telephone.");
}
