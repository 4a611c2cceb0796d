//! Mails: subject, plain text, and HTML in one sober frame that needs no pictures.
//!
//! What sells says who writes and how to end it; what was agreed carries no unsubscribe link.

use crate::message::kinds::Kind;
use crate::message::wording::Source;

/// The frame of all HTML mails.
macro_rules! page {
    ($body:expr, $foot:expr) => {
        concat!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">",
            "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"></head>\n",
            "<body style=\"margin:0;padding:24px;background:#f4f5f7;font-family:Arial,Helvetica,sans-serif;",
            "font-size:16px;line-height:1.5;color:#1f2430\">\n",
            "<div style=\"max-width:560px;margin:0 auto;padding:24px;background:#ffffff;border-radius:8px\">\n",
            "<p style=\"margin:0 0 16px;font-weight:bold\">{{business_name}}</p>\n",
            "<p>{{#if first_name}}Hello {{first_name}},{{else}}Hello,{{/if}}</p>\n",
            $body,
            "\n<p style=\"margin:24px 0 0;font-size:13px;color:#5b6270\">",
            $foot,
            "</p>\n</div>\n</body></html>\n"
        )
    };
}

/// A link as a button.
macro_rules! button {
    ($link:literal, $words:literal) => {
        concat!(
            "<p><a href=\"{{",
            $link,
            "}}\" style=\"display:inline-block;padding:10px 18px;background:#1d4ed8;color:#ffffff;",
            "text-decoration:none;border-radius:6px\">",
            $words,
            "</a></p>"
        )
    };
}

macro_rules! hello {
    () => {
        "{{#if first_name}}Hello {{first_name}},{{else}}Hello,{{/if}}\n\n"
    };
}

macro_rules! details {
    () => {
        concat!(
            "<p style=\"padding:12px 16px;background:#f4f5f7;border-radius:6px\"><strong>{{moment}}</strong>",
            "{{#if service}}<br>{{service}}{{/if}}{{#if business_address}}<br>{{business_address}}{{/if}}</p>"
        )
    };
}

macro_rules! details_text {
    () => {
        "{{moment}}\n{{#if service}}{{service}}\n{{/if}}{{#if business_address}}{{business_address}}\n{{/if}}\n"
    };
}

/// How to take back what a person, or a program that reads their mail, did by mistake.
macro_rules! undo {
    () => {
        concat!(
            "{{#if manage_link}}<p>Was that a mistake? You can have it back while its time is free.</p>",
            button!("manage_link", "Book it again"),
            "{{/if}}"
        )
    };
}

macro_rules! undo_text {
    () => {
        concat!(
            "{{#if manage_link}}Was that a mistake? You can have it back while its time is free:\n",
            "{{manage_link}}\n\n{{/if}}"
        )
    };
}

/// How to change an appointment.
macro_rules! change {
    () => {
        concat!(
            "{{#if manage_link}}",
            button!("manage_link", "Change or cancel"),
            "{{/if}}{{#if business_phone}}<p>To change or cancel it you can also call {{business_phone}}.</p>{{/if}}"
        )
    };
}

macro_rules! change_text {
    () => {
        concat!(
            "{{#if manage_link}}Change or cancel it here:\n{{manage_link}}\n\n{{/if}}",
            "{{#if business_phone}}To change or cancel it you can also call {{business_phone}}.\n{{/if}}"
        )
    };
}

macro_rules! again {
    ($on:literal) => {
        concat!(
            "{{#if booking_link}}",
            button!("booking_link", "Choose another time"),
            "{{/if}}{{#if business_phone}}<p>For another time call us ",
            $on,
            " {{business_phone}}.</p>{{/if}}"
        )
    };
}

macro_rules! again_text {
    ($on:literal) => {
        concat!(
            "{{#if booking_link}}Choose another time here:\n{{booking_link}}\n\n{{/if}}",
            "{{#if business_phone}}For another time call us ",
            $on,
            " {{business_phone}}.\n{{/if}}"
        )
    };
}

/// Who writes, below what was agreed.
macro_rules! agreed {
    ($subject:expr, $text:expr, $html:expr) => {
        Source {
            subject: Some($subject),
            text: concat!(
                hello!(),
                $text,
                "\n{{business_name}}\n{{#if business_phone}}{{business_phone}}\n{{/if}}"
            ),
            html: Some(page!($html, "{{business_name}}{{#if business_phone}}, {{business_phone}}{{/if}}")),
        }
    };
}

/// Who writes, where, and how to end it, below what sells.
macro_rules! selling {
    ($address:literal, $on:literal, $subject:expr, $text:expr, $html:expr) => {
        Source {
            subject: Some($subject),
            text: concat!(
                hello!(),
                $text,
                "\nBook a time here:\n{{booking_link}}\n\nOr call us ", $on, " {{business_phone}}.\n\n--\n{{business_name}}\n",
                $address,
                "\nYou get this email because you asked us about our services. No more of them:\n{{unsubscribe_link}}\n"
            ),
            html: Some(page!(
                concat!(
                    $html,
                    button!("booking_link", "Book a time"),
                    "<p>Or call us ", $on, " {{business_phone}}.</p>"
                ),
                concat!(
                    "{{business_name}}<br>",
                    $address,
                    "<br>You get this email because you asked us about our services. ",
                    "<a href=\"{{unsubscribe_link}}\" style=\"color:#5b6270\">Unsubscribe</a>"
                )
            )),
        }
    };
}

macro_rules! mails {
    ($name:ident, $cancelled:literal, $enquiry:literal, $on:literal, $address:literal) => {
        /// The mail of a kind.
        pub(super) fn $name(kind: Kind) -> Option<Source<'static>> {
            Some(match kind {
                Kind::Confirmation => agreed!(
                    "Your appointment with {{business_name}}: {{moment}}",
                    concat!("Your appointment is booked.\n\n", details_text!(), change_text!()),
                    concat!("<p>Your appointment is booked.</p>", details!(), change!())
                ),
                Kind::Reminder24h => agreed!(
                    "Reminder: your appointment {{when}}",
                    concat!("A reminder of your appointment with us.\n\n", details_text!(), change_text!()),
                    concat!("<p>A reminder of your appointment with us.</p>", details!(), change!())
                ),
                Kind::Reminder1h => agreed!(
                    "See you {{when}}",
                    concat!("Your appointment is soon.\n\n", details_text!(), "Running late? Call {{business_phone}}.\n"),
                    concat!(
                        "<p>Your appointment is soon.</p>",
                        details!(),
                        "<p>Running late? Call {{business_phone}}.</p>"
                    )
                ),
                Kind::Moved => agreed!(
                    "Your appointment with {{business_name}} has moved to {{moment}}",
                    concat!(
                        "Your appointment has moved.{{#if old_moment}} It was on {{old_moment}}.{{/if}} The new time:\n\n",
                        details_text!(),
                        change_text!()
                    ),
                    concat!(
                        "<p>Your appointment has moved.{{#if old_moment}} It was on {{old_moment}}.{{/if}} ",
                        "The new time:</p>",
                        details!(),
                        change!()
                    )
                ),
                Kind::Cancelled => agreed!(
                    concat!("Your appointment on {{moment}} is ", $cancelled),
                    concat!("Your appointment on {{moment}} is ", $cancelled, ".\n\n", undo_text!(), again_text!($on)),
                    concat!("<p>Your appointment on {{moment}} is ", $cancelled, ".</p>", undo!(), again!($on))
                ),
                Kind::CancelledByBusiness => agreed!(
                    "We had to cancel your appointment on {{moment}}",
                    concat!(
                        "We are sorry: we had to cancel your appointment on {{moment}}.\n\n",
                        again_text!($on)
                    ),
                    concat!("<p>We are sorry: we had to cancel your appointment on {{moment}}.</p>", again!($on))
                ),
                Kind::OptOutConfirmed => agreed!(
                    "You will get no more messages from {{business_name}}",
                    concat!(
                        "As you asked, we will not write to you or call you any more.\n\n",
                        "If this was a mistake, call us ", $on, " {{business_phone}}.\n"
                    ),
                    concat!(
                        "<p>As you asked, we will not write to you or call you any more.</p>",
                        "<p>If this was a mistake, call us ", $on, " {{business_phone}}.</p>"
                    )
                ),
                Kind::NoAnswer2 => selling!(
                    $address,
                    $on,
                    "We tried to reach you - {{business_name}}",
                    concat!(
                        "We tried to call you about your ", $enquiry, "{{#if service}} ({{service}}){{/if}} ",
                        "and did not reach you.\n"
                    ),
                    concat!(
                        "<p>We tried to call you about your ", $enquiry, "{{#if service}} ({{service}}){{/if}} ",
                        "and did not reach you.</p>"
                    )
                ),
                Kind::Voicemail2 => selling!(
                    $address,
                    $on,
                    "About the voicemail we left you - {{business_name}}",
                    concat!("We left you a voicemail about your ", $enquiry, "{{#if service}} ({{service}}){{/if}}.\n"),
                    concat!("<p>We left you a voicemail about your ", $enquiry, "{{#if service}} ({{service}}){{/if}}.</p>")
                ),
                Kind::NotInterested1 => selling!(
                    $address,
                    $on,
                    "Should anything have changed - {{business_name}}",
                    concat!(
                        "A while ago you told us that it was not the right time. Should that have changed, ",
                        "we would be glad to help.\n"
                    ),
                    concat!(
                        "<p>A while ago you told us that it was not the right time. Should that have changed, ",
                        "we would be glad to help.</p>"
                    )
                ),
                Kind::NoAnswer1 | Kind::NoAnswer3 | Kind::Voicemail1 | Kind::Help | Kind::CannotRead => return None,
            })
        }
    };
}

mails!(british, "cancelled", "enquiry", "on", "{{#if business_address}}{{business_address}}{{/if}}");
mails!(american, "canceled", "inquiry", "at", "{{business_address}}");
