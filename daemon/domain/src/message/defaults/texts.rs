//! Text messages: two segments at most with ordinary values, in the GSM alphabet.
//!
//! `C` cancels where a reply arrives; no text offers a word that carriers take as an opt-out.
//! Nothing stands glued to a link.

use crate::message::kinds::Kind;
use crate::message::wording::Source;

macro_rules! change {
    () => {
        concat!(
            "{{#if can_reply}}Reply C to cancel. {{/if}}",
            "{{#if business_phone}}To change it call {{business_phone}}.{{/if}}",
            "{{#if manage_link}} Or here: {{manage_link}}{{/if}}"
        )
    };
}

macro_rules! texts {
    ($name:ident, $cancelled:literal, $enquiry:literal, $on:literal, $rates:literal) => {
        /// The text of a kind.
        pub(super) fn $name(kind: Kind) -> Option<Source<'static>> {
            let text = match kind {
                Kind::Confirmation => concat!(
                    "{{#if first_name}}Hi {{first_name}}, your{{else}}Your{{/if}} appointment with ",
                    "{{business_name}} is booked: {{moment}}. ",
                    change!()
                ),
                Kind::Reminder24h => concat!(
                    "{{#if first_name}}Hi {{first_name}}, a{{else}}A{{/if}} reminder: your appointment with ",
                    "{{business_name}} is {{when}}. ",
                    change!()
                ),
                Kind::Reminder1h => concat!(
                    "{{#if first_name}}Hi {{first_name}}, see{{else}}See{{/if}} you {{when}} at ",
                    "{{business_name}}.{{#if business_phone}} Running late? Call {{business_phone}}.{{/if}}"
                ),
                Kind::Moved => concat!(
                    "{{#if first_name}}Hi {{first_name}}, your{{else}}Your{{/if}} appointment with ",
                    "{{business_name}} has moved to {{moment}}. ",
                    change!()
                ),
                Kind::Cancelled => concat!(
                    "{{#if first_name}}Hi {{first_name}}, your{{else}}Your{{/if}} appointment with ",
                    "{{business_name}} on {{moment}} is ", $cancelled, ".",
                    "{{#if business_phone}} To book another call {{business_phone}}.{{/if}}",
                    "{{#if booking_link}} Or here: {{booking_link}}{{/if}}",
                    "{{#if manage_link}} Not meant? {{manage_link}}{{/if}}"
                ),
                Kind::CancelledByBusiness => concat!(
                    "{{#if first_name}}Hi {{first_name}}, we{{else}}We{{/if}} are sorry: {{business_name}} ",
                    "had to cancel your appointment on {{moment}}.",
                    "{{#if business_phone}} For another time call {{business_phone}}.{{/if}}",
                    "{{#if booking_link}} Or book here: {{booking_link}}{{/if}}"
                ),
                Kind::NoAnswer1 => concat!(
                    "{{#if first_name}}Hi {{first_name}}, this{{else}}Hello, this{{/if}} is {{business_name}}. ",
                    "We tried to call about your ", $enquiry, ". Call us ", $on, " {{business_phone}} when it suits you.",
                    "{{#if booking_link}} Or book here: {{booking_link}}{{/if}}\n{{opt_out}}"
                ),
                Kind::NoAnswer3 => concat!(
                    "{{#if first_name}}Hi {{first_name}}, {{business_name}}{{else}}{{business_name}}{{/if}} here. ",
                    "We have not managed to reach you. Still interested? Call {{business_phone}}.",
                    "{{#if booking_link}} Or book here: {{booking_link}}{{/if}}\n{{opt_out}}"
                ),
                Kind::Voicemail1 => concat!(
                    "{{#if first_name}}Hi {{first_name}}, this{{else}}Hello, this{{/if}} is {{business_name}}. ",
                    "We just left you a voicemail. Call us back ", $on, " {{business_phone}}.",
                    "{{#if booking_link}} Or book here: {{booking_link}}{{/if}}\n{{opt_out}}"
                ),
                Kind::OptOutConfirmed => concat!(
                    "{{business_name}}: you will get no more messages or calls from us.",
                    "{{#if can_reply}} Text START to allow texts again.{{/if}}"
                ),
                Kind::Help => concat!(
                    "{{business_name}}: for help {{#if business_phone}}call {{business_phone}}{{else}}",
                    "reply with your question and somebody will answer{{/if}}.",
                    "{{#if can_reply}} Reply STOP to opt out.{{/if}}", $rates
                ),
                Kind::CannotRead => concat!(
                    "{{business_name}}: thanks, we could not tell what you meant. Somebody will read your ",
                    "message{{#if business_phone}}, or call us ", $on, " {{business_phone}}{{/if}}."
                ),
                Kind::NoAnswer2 | Kind::Voicemail2 | Kind::NotInterested1 => return None,
            };
            Some(Source { subject: None, text, html: None })
        }
    };
}

texts!(british, "cancelled", "enquiry", "on", "");
texts!(american, "canceled", "inquiry", "at", " Msg&data rates may apply.");
