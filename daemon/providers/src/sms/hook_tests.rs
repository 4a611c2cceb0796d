//! Recorded webhooks of both vendors, and what can be wrong with one.

use super::*;
use frontdesk_shared::MessageId;

const FORM: Option<&str> = Some("application/x-www-form-urlencoded");
const JSON: Option<&str> = Some("application/json; charset=utf-8");

macro_rules! payload {
    ($name:literal) => {
        include_str!(concat!("../../../../tests/fixtures/", $name))
    };
}

fn read(body: &str) -> Hook {
    parse(Vendor::Twilio, "", FORM, body.as_bytes()).unwrap()
}

fn inbound(body: &str) -> Inbound {
    match read(body) {
        Hook::Inbound(inbound) => inbound,
        Hook::Status(update) => panic!("{update:?}"),
    }
}

fn status(body: &str) -> StatusUpdate {
    match read(body) {
        Hook::Status(update) => update,
        Hook::Inbound(inbound) => panic!("{inbound:?}"),
    }
}

#[test]
fn texts_that_came_in() {
    let text = inbound(payload!("twilio/twilio_inbound_sms_longcode.form"));
    assert_eq!((text.sid.as_str(), text.body.as_str()), ("SMe287d7109a5a925f182f0e07fe5b223b", "Msg"));
    assert_eq!((text.media_count, text.segments, text.opt_out_type), (0, Some(1), None));
    assert!(text.from.starts_with("+1413") && text.to.starts_with("+1202"));
    let short_code = inbound(payload!("twilio/twilio_inbound_sms_shortcode.form"));
    assert_eq!((short_code.to.as_str(), short_code.body.as_str()), ("384387", "John Cruz"));
}

#[test]
fn o13_pictures_without_words() {
    let picture = inbound(payload!("twilio/twilio_inbound_mms_no_body.form"));
    assert_eq!((picture.body.as_str(), picture.media_count), ("", 2));
    let empty = inbound("MessageSid=MM1&From=%2B14155550123&To=%2B14155550199&Body=&NumMedia=1");
    assert_eq!((empty.body.as_str(), empty.media_count), ("", 1));
}

#[test]
fn o6_the_carriers_own_reading_of_stop() {
    let stop = inbound(payload!("twilio/twilio_inbound_sms_stop_optouttype_synthetic.form"));
    assert_eq!(stop.opt_out_type, Some(OptOutWord::Stop));
    assert_eq!((stop.service.as_deref(), stop.body.as_str()), (Some("MG123"), "STOP"));
}

#[test]
fn callbacks_about_texts_of_ours() {
    let delivered = status(payload!("twilio/twilio_sms_status_delivered_rawdlr.form"));
    assert_eq!((delivered.sid.as_str(), delivered.status), ("SMyyy", Some(TextStatus::Delivered)));
    let failed = status(payload!("twilio/twilio_sms_status_failed_21610.form"));
    assert_eq!((failed.status, failed.error_code), (Some(TextStatus::Failed), Some(21610)));
    assert_eq!(failed.error_code.map(class_of_code), Some(TextClass::OptedOut));
    let sent = status(payload!("twilio/twilio_sms_status_sent_messaging_service.form"));
    assert_eq!(sent.service.as_deref(), Some("MGdb23ec0f89ee2632e46e91d8128f5e2b"));
    let minimal = status("MessageSid=SM1&MessageStatus=sent");
    assert_eq!((minimal.status, minimal.to, minimal.error_code), (Some(TextStatus::Sent), None, None));
}

#[test]
fn s2_our_id_comes_from_the_query() {
    let id = MessageId(123_456_789);
    let of = |query: &str| match parse(Vendor::Twilio, query, FORM, b"MessageSid=SM1&MessageStatus=sent&m=zz")
    {
        Ok(Hook::Status(update)) => update.message,
        other => panic!("{other:?}"),
    };
    assert_eq!(of(&format!("m={id}&x=1")), Some(id));
    assert_eq!(of("x=1"), None, "the body does not name it");
    assert_eq!(of("m=nonsense"), None);
}

#[test]
fn s19_signalwire_tells_as_json_and_as_a_form() {
    let body = payload!("signalwire/signalwire_sms_status_callback_example.json");
    let Ok(Hook::Status(update)) = parse(Vendor::SignalWire, "", JSON, body.as_bytes()) else { panic!() };
    assert_eq!(update.sid, "b3877c40-da60-4998-90ad-b792e98472ms");
    assert_eq!((update.error_code, update.segments), (Some(30003), Some(1)));
    let form = b"MessageSid=b3877c40-da60-4998-90ad-b792e98472aa&MessageStatus=received&From=%2B14155550123\
                 &To=%2B14155550199&Body=Hi&NumMedia=0&NumSegments=1";
    let Ok(Hook::Inbound(text)) = parse(Vendor::SignalWire, "", FORM, form) else { panic!() };
    assert_eq!((text.vendor, text.body.as_str()), (Vendor::SignalWire, "Hi"));
}

#[test]
fn s7_unknown_words_and_fields_pass() {
    let odd = status("MessageSid=SM1&MessageStatus=Teleported&Brand=new&ErrorCode=odd");
    assert_eq!((odd.word.as_str(), odd.status, odd.error_code), ("Teleported", None, None));
    let receiving = status("MessageSid=SM1&SmsStatus=receiving&From=%2B14155550123&Body=x");
    assert_eq!(receiving.status, None);
}

#[test]
fn other_channels_are_told_from_numbers() {
    let text = inbound("MessageSid=SM1&From=whatsapp:%2B14155550123&To=whatsapp:%2B14155550199&Body=Hi");
    assert_eq!((text.from.as_str(), text.to.as_str()), ("+14155550123", "+14155550199"));
    assert_eq!(text.channel.as_deref(), Some("whatsapp"));
}

#[test]
fn words_are_kept_as_they_are_and_bounded() {
    assert_eq!(inbound("MessageSid=SM1&From=1&Body=++stop%21%0A%F0%9F%91%8D").body, "  stop!\n👍");
    assert_eq!(inbound("MessageSid=SM1&From=1&Body=a%00b").body, "ab");
    let long = inbound(&format!("MessageSid=SM1&From=1&Body={}", "é".repeat(10_000)));
    assert!(long.cut && long.body.len() == 16 * 1024);
}

#[test]
fn what_says_nothing_is_refused() {
    let of = |kind, body: &[u8]| parse(Vendor::Twilio, "", kind, body).unwrap_err();
    assert_eq!(of(FORM, b"From=1&Body=x"), ParseError::NoId);
    assert_eq!(of(FORM, b""), ParseError::NoId);
    assert_eq!(of(FORM, b"MessageSid=SM1&Body=x"), ParseError::NoSender);
    assert_eq!(of(JSON, b"[1]"), ParseError::Unreadable);
    assert_eq!(of(JSON, b"{"), ParseError::Unreadable);
    assert_eq!(of(FORM, "a&".repeat(1_000).as_bytes()), ParseError::Unreadable);
    assert_eq!(of(FORM, &vec![b'x'; MAX_HOOK_BYTES + 1]), ParseError::TooLong);
}

#[test]
fn o14_repeats_have_one_key() {
    let body = payload!("twilio/twilio_inbound_sms_longcode.form");
    assert_eq!(read(body).event_key(), read(body).event_key());
    let sent = "MessageSid=SM1&MessageStatus=sent";
    assert_ne!(read(sent).event_key(), read("MessageSid=SM1&MessageStatus=delivered").event_key());
    let failed = "MessageSid=SM1&MessageStatus=failed";
    assert_ne!(read(failed).event_key(), read(&format!("{failed}&ErrorCode=30007")).event_key());
}

#[test]
fn debug_shows_nobody() {
    let text = "MessageSid=SM1&From=%2B14155550123&To=%2B14155550199&Body=private";
    let shown = format!("{:?} {:?}", read(text), read(&format!("{text}&MessageStatus=sent")));
    assert!(!shown.contains("415555") && !shown.contains("private"), "{shown}");
}

proptest::proptest! {
    #[test]
    fn nothing_makes_it_panic(
        query in "\\PC{0,60}", body in proptest::collection::vec(0u8.., 0..300),
        kind in proptest::sample::select(vec![FORM, JSON, None]),
    ) {
        for vendor in Vendor::ALL {
            let _ = parse(vendor, &query, kind, &body);
        }
    }
}
