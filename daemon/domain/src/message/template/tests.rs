//! Wording that is refused, values that cannot become anything but text, and names that are not there.

use super::*;
use crate::message::segments::count;

const KNOWN: [Variable; 6] = [
    Variable { name: "first_name", holds: Holds::Words(30) },
    Variable { name: "business_name", holds: Holds::Words(40) },
    Variable { name: "when", holds: Holds::Exact },
    Variable { name: "link", holds: Holds::Link },
    Variable { name: "note", holds: Holds::Exact },
    Variable { name: "can_reply", holds: Holds::Flag },
];

fn read(source: &str, form: Form) -> Result<Template, ParseError> {
    Template::parse("test", source, form, &KNOWN)
}

fn values() -> Values {
    Values::new()
        .with("first_name", "Ada")
        .with("business_name", "Harbour Dental")
        .with("when", "tomorrow at 14:30")
        .with("link", "https://example.com/a?b=c&d=e")
}

#[track_caller]
fn rendered(source: &str, form: Form, values: &Values) -> String {
    read(source, form).unwrap().render(values).unwrap()
}

const GREETING: &str = "{{#if first_name}}Hi {{first_name}}, see{{else}}See{{/if}} you {{when}}";

#[test]
fn p1_a_missing_name_leaves_a_greeting_without_one() {
    assert_eq!(rendered(GREETING, Form::Sms, &values()), "Hi Ada, see you tomorrow at 14:30");
    for blank in ["", "  ", "\n"] {
        let values = values().with("first_name", blank);
        assert_eq!(rendered(GREETING, Form::Sms, &values), "See you tomorrow at 14:30");
    }
}

#[test]
fn p2_any_other_missing_value_is_named() {
    let template = read("{{first_name}} {{when}} {{when}}", Form::Text).unwrap();
    let values = Values::new().with("first_name", "Ada").with("when", " ");
    assert_eq!(template.missing(&values), ["when"]);
    let error = template.render(&values).unwrap_err();
    assert_eq!(error, RenderError::Missing { variable: "when", template: "test".to_owned() });
    assert_eq!(error.to_string(), "test: when is missing");
    // Only what will be written can be missing.
    let optional = read("{{#if note}}{{note}} {{when}}{{/if}}ok", Form::Text).unwrap();
    assert_eq!(optional.missing(&Values::new()), [""; 0]);
}

#[test]
fn p3_each_form_has_its_own_escaping() {
    let values = values().with("first_name", "<b>Ann</b> & \"Co\" 'x'");
    assert_eq!(rendered("{{first_name}}", Form::Sms, &values), "<b>Ann</b> & \"Co\" 'x'");
    assert_eq!(rendered("{{first_name}}", Form::Line, &values), "<b>Ann</b> & \"Co\" 'x'");
    assert_eq!(rendered("{{first_name}}", Form::Text, &values), "<b>Ann</b> & \"Co\" 'x'");
    assert_eq!(
        rendered("<p>{{first_name}}</p>", Form::Html, &values),
        "<p>&lt;b&gt;Ann&lt;/b&gt; &amp; &quot;Co&quot; &#39;x&#39;</p>"
    );
    let link = rendered("<a href=\"{{link}}\">x</a>", Form::Html, &values);
    assert_eq!(link, "<a href=\"https://example.com/a?b=c&amp;d=e\">x</a>");
}

#[test]
fn p4_values_are_text_and_filled_in_once() {
    for value in ["{{when}}", "${HOME}", "{{#if when}}x{{/if}}", "}}{{"] {
        let values = values().with("first_name", value);
        assert_eq!(rendered("{{first_name}}", Form::Text, &values), value);
    }
}

#[test]
fn p5_links_are_web_addresses() {
    let template = read("See {{link}}", Form::Text).unwrap();
    for bad in [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://example.com",
        "https://",
        "http:///x",
        "//example.com",
        "https://a b",
        "https://exa\"mple.com",
        "https://example.com/\nX: y",
        "https://user@example.com",
        "example.com",
    ] {
        let error = template.render(&values().with("link", bad)).unwrap_err();
        assert_eq!(error, RenderError::BadLink { variable: "link", template: "test".to_owned() }, "{bad}");
    }
    let encoded =
        rendered("https://example.com/?n={{first_name}} x", Form::Sms, &values().with("first_name", "A&b=é"));
    assert_eq!(encoded, "https://example.com/?n=A%26b%3D%C3%A9 x");
}

#[test]
fn p5_nothing_is_glued_to_a_link() {
    for source in ["See {{link}}.", "({{link}})", "{{link}},", "{{#if link}}See {{link}}{{/if}}."] {
        assert!(read(source, Form::Sms).is_err(), "{source}");
    }
    for source in ["See {{link}}", "{{link}} now", "{{link}}\nBye", "{{#if link}}{{link}}{{/if}} ok"] {
        assert!(read(source, Form::Sms).is_ok(), "{source}");
    }
    assert!(read("<a href=\"{{link}}\">x</a>.", Form::Html).is_ok());
}

#[test]
fn p6_long_words_are_cut_in_a_text_and_times_and_links_are_not() {
    let long = "Wolfeschlegelsteinhausenbergerdorff ".repeat(10);
    let values = values()
        .with("first_name", long.clone())
        .with("business_name", "The Very Long Established Dental Practice of Upper Harbour Street");
    let text = rendered("{{first_name}}: {{business_name}} {{when}} {{link}}", Form::Sms, &values);
    assert_eq!(
        text,
        "Wolfeschlegelsteinhausenber...: The Very Long Established Dental... tomorrow at 14:30 https://example.com/a?b=c&d=e"
    );
    assert_eq!(rendered("{{first_name}}", Form::Text, &values), long.trim());
    let when = values.with("when", "x".repeat(200));
    assert_eq!(count(&rendered("{{when}}", Form::Sms, &when)).units, 200);
}

#[test]
fn g5_a_text_that_no_provider_takes_is_refused() {
    let error =
        read("{{note}}", Form::Sms).unwrap().render(&values().with("note", "x".repeat(1601))).unwrap_err();
    assert_eq!(error, RenderError::TooLong { template: "test".to_owned(), characters: 1601 });
}

#[test]
fn m7_a_subject_is_one_line() {
    let values = values().with("first_name", "Ada\r\nBcc: x@example.com").with("when", "a\u{0}b\tc");
    assert_eq!(rendered("{{first_name}}\n {{when}}", Form::Line, &values), "Ada Bcc: x@example.com a b c");
}

#[test]
fn unknown_variables_are_refused_with_those_that_are_known() {
    let error = read("Hi\nthere {{firstname}}", Form::Sms).unwrap_err();
    assert_eq!(
        error.to_string(),
        "test, line 2, column 7: there is no variable `firstname`; known are first_name, business_name, when, link, note, can_reply"
    );
}

#[test]
fn broken_wording_is_refused_with_its_place() {
    for (source, line, column, problem) in [
        ("a {{when", 1, 3, "{{ is not closed"),
        ("a {{when }", 1, 3, "{{ is not closed"),
        ("a {{\nwhen}}", 1, 3, "{{ is not closed"),
        ("a when}}", 1, 7, "}} closes nothing"),
        ("é {{#if when}}x", 1, 3, "{{#if when}} is not closed"),
        ("{{#if when}}x{{else}}y", 1, 1, "{{#if when}} is not closed"),
        ("{{#if when}}{{else}}{{else}}{{/if}}", 1, 1, "a second {{else}}"),
        ("x{{/if}}", 1, 2, "{{/if}} without {{#if …}}"),
        ("x{{else}}", 1, 2, "{{else}} without {{#if …}}"),
        ("{{#if when}}{{#if note}}x{{/if}}{{/if}}", 1, 13, "a section in a section"),
        ("{{#each when}}", 1, 1, "{{#each when}} is not known"),
        ("{{}}", 1, 1, "there is no variable ``"),
        ("{{can_reply}}", 1, 1, "can_reply has nothing to write"),
        ("{{{when}}}", 1, 1, "{{ is not closed"),
    ] {
        let error = read(source, Form::Text).unwrap_err();
        assert_eq!((error.line, error.column, error.problem.as_str()), (line, column, problem), "{source}");
        assert!(!error.hint.is_empty());
    }
}

#[test]
fn values_in_html_stand_where_they_cannot_become_markup() {
    for source in [
        "<script>{{note}}</script>",
        "<style>{{note}}</style>",
        "<p {{note}}>",
        "<a href={{link}}>",
        "<!-- {{note}} -->",
        "<a href=\"{{note}}\">",
        "<p onclick=\"{{note}}\">",
        "<p style=\"{{note}}\">",
        "<a href=\"javascript:x\">",
        "<img src='file:///etc/x'>",
    ] {
        assert!(read(source, Form::Html).is_err(), "{source}");
    }
    for source in [
        "<p>{{note}}</p>",
        "<a href=\"{{link}}\">{{note}}</a>",
        "<img alt=\"{{note}}\">",
        "a < b {{note}}</p>",
        "<a href=\"https://example.com/?x={{note}}\">x</a>",
        "<a href='mailto:x@example.com'>",
        "<style>p{margin:0}</style><p>{{note}}",
    ] {
        assert!(read(source, Form::Html).is_ok() != source.starts_with("a <"), "{source}");
    }
}

#[test]
fn values_are_not_shown() {
    assert!(!format!("{:?}", values()).contains("Ada"));
}

proptest::proptest! {
    #[test]
    fn any_wording_is_read_or_refused(source in "(\\PC|\\{\\{|\\}\\}|#if |/if|when){0,40}") {
        for form in [Form::Sms, Form::Line, Form::Text, Form::Html] {
            if let Ok(template) = read(&source, form) {
                let _ = template.render(&values());
            }
        }
    }

    #[test]
    fn a_value_never_becomes_markup(value in "\\PC{1,60}") {
        let text = rendered("<p title=\"{{note}}\">{{#if note}}{{note}}{{/if}}</p>", Form::Html, &values().with("note", format!("x{value}")));
        proptest::prop_assert_eq!(text.matches('<').count(), 2);
        proptest::prop_assert_eq!(text.matches('"').count(), 2);
    }
}
