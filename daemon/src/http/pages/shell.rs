//! What every page looks like: one column that fits a telephone, dark where the reader likes it,
//! readable by everybody (WCAG 2.2 AA), and its headers.
//!
//! Must not live here: what a page says.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use std::sync::LazyLock;

/// Every colour stands at 4.5:1 or more against what is behind it, in both schemes.
const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1b1b1b;--dim:#505050;--ground:#fff;--line:#767676;--act:#0b4ea2;--on-act:#fff}\
@media(prefers-color-scheme:dark){:root{--ink:#ececec;--dim:#b5b5b5;--ground:#161616;--line:#8c8c8c;--act:#a9c8ff;--on-act:#0a1f3d}}\
*{box-sizing:border-box}\
body{margin:0;background:var(--ground);color:var(--ink);font:1.0625rem/1.5 system-ui,sans-serif}\
main{max-width:36rem;margin:0 auto;padding:1.5rem 1rem 3rem;overflow-wrap:anywhere}\
h1{font-size:1.5rem;line-height:1.25;margin:0 0 1rem}\
h2{font-size:1.0625rem;margin:1.5rem 0 .5rem}\
.from{color:var(--dim);margin:0 0 .25rem}\
.when{font-size:1.25rem;font-weight:600;margin:0 0 1rem}\
.said{border-left:.25rem solid var(--act);padding:.5rem .75rem;margin:0 0 1.25rem}\
a{color:var(--act)}\
form{margin:0}\
.acts{display:flex;flex-wrap:wrap;gap:.75rem;margin:1.25rem 0;align-items:center}\
button,.button{display:inline-block;min-height:2.75rem;padding:.5rem 1.125rem;border:1px solid var(--act);border-radius:.375rem;background:var(--act);color:var(--on-act);font:inherit;text-decoration:none;cursor:pointer}\
button.plain,.button.plain{background:transparent;color:var(--act)}\
:focus-visible{outline:3px solid var(--line);outline-offset:2px}\
ul.times{list-style:none;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:.5rem}\
";

/// A page.
pub(super) struct Page<'a> {
    /// How it is answered.
    pub(super) status: StatusCode,
    /// Its heading, and the name of its tab.
    pub(super) title: &'a str,
    /// In whose name.
    pub(super) business: Option<&'a str>,
    /// Its language, as a tag.
    pub(super) language: &'a str,
    /// What is below the heading.
    pub(super) body: Markup,
}

/// Nothing is loaded, nothing runs, forms go nowhere else; the one style is known by its hash.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = STANDARD.encode(ring::digest::digest(&ring::digest::SHA256, STYLE.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
});

impl IntoResponse for Page<'_> {
    fn into_response(self) -> Response {
        let text = html! {
            (DOCTYPE)
            html lang=(self.language) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="robots" content="noindex, nofollow";
                    // Dates and numbers are not telephone numbers to be linked by the browser.
                    meta name="format-detection" content="telephone=no";
                    title {
                        (self.title)
                        @if let Some(business) = self.business { " – " (business) }
                    }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    main {
                        @if let Some(business) = self.business { p.from { (business) } }
                        h1 { (self.title) }
                        (self.body)
                    }
                }
            }
        };
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (header::CONTENT_SECURITY_POLICY, POLICY.clone()),
            (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (header::HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow")),
        ];
        (self.status, headers, text.into_string()).into_response()
    }
}
