//! The webhook that is sent: an end-of-call report of 5.6 KB, each with an id of its own, and
//! the proof that it is genuine.

use crate::wire::Series;
use ring::hmac;
use std::io::Write as _;

/// The body; every `@@ID@@` becomes the call's id at the provider.
const BODY: &str = include_str!("report.json");

/// How a report proves itself.
#[derive(Clone, Debug)]
pub enum Proof {
    /// Vapi's HMAC: over a timestamp and the body.
    Vapi(hmac::Key, i64),
    /// HMAC over the body alone, as plain receivers of webhooks check it.
    Body(hmac::Key),
}

impl Proof {
    /// Vapi's way, with a secret, at an instant in seconds.
    pub fn vapi(secret: &str, at_s: i64) -> Self {
        Self::Vapi(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), at_s)
    }

    /// The plain way.
    pub fn body(secret: &str) -> Self {
        Self::Body(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()))
    }
}

/// The provider's id of the `n`th call of a series.
pub fn call_id(series: u32, n: u64) -> String {
    format!("{series:08x}-0000-4000-8000-{n:012x}")
}

/// A series of requests, each about another call.
#[derive(Debug)]
pub struct Reports {
    parts: Vec<&'static str>,
    head: String,
    proof: Proof,
    series: u32,
    next: u64,
    /// The series ends before this number.
    end: u64,
    body: Vec<u8>,
}

impl Reports {
    /// Requests for `path` at `host` about the calls `first..end` of a series.
    pub fn new(host: &str, path: &str, proof: Proof, series: u32, calls: std::ops::Range<u64>) -> Self {
        let parts = BODY.trim_end().split("@@ID@@").collect();
        let head = format!("POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n");
        Self { parts, head, proof, series, next: calls.start, end: calls.end, body: Vec::new() }
    }

    /// The next body alone.
    pub fn body(&mut self) -> &[u8] {
        let id = call_id(self.series, self.next);
        self.next += 1;
        self.body.clear();
        for (at, part) in self.parts.iter().enumerate() {
            if at > 0 {
                self.body.extend_from_slice(id.as_bytes());
            }
            self.body.extend_from_slice(part.as_bytes());
        }
        &self.body
    }
}

impl Series for Reports {
    fn request(&mut self, out: &mut Vec<u8>) -> bool {
        if self.next >= self.end {
            return false;
        }
        self.body();
        out.clear();
        out.extend_from_slice(self.head.as_bytes());
        let tag = match &self.proof {
            Proof::Body(key) => hmac::sign(key, &self.body),
            Proof::Vapi(key, at_s) => {
                let mut context = hmac::Context::with_key(key);
                let _ = write!(out, "X-Timestamp: {at_s}\r\n");
                context.update(format!("{at_s}.").as_bytes());
                context.update(&self.body);
                context.sign()
            }
        };
        out.extend_from_slice(b"X-Signature: ");
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        for byte in tag.as_ref() {
            out.push(DIGITS[usize::from(byte >> 4)]);
            out.push(DIGITS[usize::from(byte & 15)]);
        }
        let _ = write!(out, "\r\nContent-Length: {}\r\n\r\n", self.body.len());
        out.extend_from_slice(&self.body);
        true
    }
}
