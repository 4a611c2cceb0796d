//! Whether a webhook comes from the carrier.
//!
//! Works on the raw bytes and on the address as it was configured, in constant time, and fails
//! closed. Neither carrier signs a time, so a recorded request verifies for ever: only the stored
//! id of its message stops a replay. Must not live here: parsing, configuration reading, counting
//! of failures.

use super::form::pairs;
use super::sign::{Algorithm, Repeats, addresses, body_digest, has_digest, signed_pairs};
use super::vendor::Vendor;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};

/// Shortest key taken. Anything shorter is a slip of configuration, not a key.
const MIN_KEY_CHARS: usize = 8;
/// Most signature headers looked at in one request.
const MAX_SIGNATURES: usize = 4;
const TWILIO: &str = "x-twilio-signature";
const SIGNALWIRE: &str = "x-signalwire-signature";
/// Names the shared key that Twilio signed with instead of the auth token.
const SHARED: &str = "x-twilio-webhooks-signature-settings";

/// The keys by which a carrier proves itself.
#[derive(Debug, Clone)]
pub struct SmsKeys {
    vendor: Vendor,
    keys: Vec<SecretString>,
    shared: Vec<SharedKey>,
}

/// A key made for signing only.
#[derive(Debug, Clone)]
struct SharedKey {
    id: String,
    secret: SecretString,
    algorithm: Algorithm,
}

impl SmsKeys {
    /// Twilio's auth token or SignalWire's signing key; two during a rotation. Empty and very
    /// short ones are left out, so that a variable set to nothing does not open the door.
    pub fn new(vendor: Vendor, keys: impl IntoIterator<Item = SecretString>) -> Self {
        let keys = keys.into_iter().filter(|key| key.expose_secret().trim().len() >= MIN_KEY_CHARS);
        let keys = keys.map(|key| key.expose_secret().trim().to_owned().into()).collect();
        Self { vendor, keys, shared: Vec::new() }
    }

    /// Accepts signatures of one of Twilio's shared keys too, with this algorithm and no other.
    #[must_use]
    pub fn with_shared_key(mut self, id: &str, secret: SecretString, algorithm: Algorithm) -> Self {
        if secret.expose_secret().trim().len() >= MIN_KEY_CHARS && !id.trim().is_empty() {
            self.shared.push(SharedKey { id: id.trim().to_owned(), secret, algorithm });
        }
        self
    }

    /// Whose keys they are.
    pub fn vendor(&self) -> Vendor {
        self.vendor
    }

    /// Whether nothing can ever be verified.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.shared.is_empty()
    }

    #[cfg(test)]
    pub(super) fn of_test(vendor: Vendor, key: &str) -> Self {
        Self { vendor, keys: vec![key.to_owned().into()], shared: Vec::new() }
    }
}

/// A webhook that proved itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// With which of the keys, from 0. After a rotation nothing but 0 should be seen; shared keys
    /// count after the others.
    pub key: usize,
}

/// Why a webhook did not prove itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    /// No key is configured here, so nothing can be verified.
    #[error("no webhook key is configured")]
    NotConfigured,
    /// The request carries no signature.
    #[error("the request carries no signature")]
    Missing,
    /// It names a shared key that is not configured here, or another algorithm than that key's.
    #[error("the request is signed with a key that is not known here")]
    UnknownKey,
    /// The signature is wrong.
    #[error("the signature is wrong")]
    Wrong,
}

/// Checks what the head alone can say: whether there is a signature at all, and one that has the
/// form of a signature. Only the body can prove it.
///
/// # Errors
/// Why no body can make it a proof.
pub fn verify_head(headers: &HeaderMap, keys: &SmsKeys) -> Result<(), Unverified> {
    candidates(headers, keys).map(|_| ())
}

/// Checks the signature of a request. `url` is the address as the carrier has it: the configured
/// public one with the raw target of the request, never one rebuilt from its `Host`.
///
/// # Errors
/// Why it is no proof.
pub fn verify(headers: &HeaderMap, url: &str, body: &[u8], keys: &SmsKeys) -> Result<Verified, Unverified> {
    let candidates = candidates(headers, keys)?;
    let texts = signed_texts(keys.vendor, headers.get(CONTENT_TYPE), url, body);
    let mut found = None;
    // All of them are tried, so that the time taken does not tell which one it was.
    for candidate in &candidates {
        let key = candidate.algorithm.key(candidate.secret.expose_secret().as_bytes());
        for (encoding, text) in &texts {
            let given = match encoding {
                Encoding::Base64 => &candidate.base64,
                Encoding::Hex => &candidate.hex,
            };
            if let Some(tag) = given
                && hmac::verify(&key, text, tag).is_ok()
                && found.is_none()
            {
                found = Some(Verified { key: candidate.index });
            }
        }
    }
    found.ok_or(Unverified::Wrong)
}

/// A key and a signature it may have made.
struct Candidate<'a> {
    index: usize,
    secret: &'a SecretString,
    algorithm: Algorithm,
    base64: Option<Vec<u8>>,
    hex: Option<Vec<u8>>,
}

#[derive(Clone, Copy)]
enum Encoding {
    Base64,
    Hex,
}

/// Every key with every signature of the request that it can have made.
fn candidates<'a>(headers: &HeaderMap, keys: &'a SmsKeys) -> Result<Vec<Candidate<'a>>, Unverified> {
    if keys.is_empty() {
        return Err(Unverified::NotConfigured);
    }
    let names: &[&str] = match keys.vendor {
        Vendor::Twilio => &[TWILIO],
        Vendor::SignalWire => &[SIGNALWIRE, TWILIO],
    };
    let signatures: Vec<&[u8]> = names
        .iter()
        .flat_map(|name| headers.get_all(*name))
        .map(|value| value.as_bytes().trim_ascii())
        .take(MAX_SIGNATURES)
        .collect();
    if signatures.is_empty() {
        return Err(Unverified::Missing);
    }
    let makers = makers(headers, keys)?;
    let mut candidates = Vec::new();
    for (index, secret, algorithm) in makers {
        for signature in &signatures {
            let fits = |bytes: &Vec<u8>| bytes.len() == algorithm.length();
            let base64 = STANDARD.decode(signature).ok().filter(fits);
            let hex = hex(signature).filter(fits).filter(|_| keys.vendor == Vendor::SignalWire);
            if base64.is_some() || hex.is_some() {
                candidates.push(Candidate { index, secret, algorithm, base64, hex });
            }
        }
    }
    match candidates.is_empty() {
        true => Err(Unverified::Wrong),
        false => Ok(candidates),
    }
}

/// The keys that may have made the signature, with what they sign. The request names a shared key,
/// but what that key signs with is ours to say: a request may not choose something weaker.
fn makers<'a>(
    headers: &HeaderMap,
    keys: &'a SmsKeys,
) -> Result<Vec<(usize, &'a SecretString, Algorithm)>, Unverified> {
    let settings = headers.get(SHARED).filter(|_| keys.vendor == Vendor::Twilio).map(HeaderValue::as_bytes);
    let settings = settings.map(String::from_utf8_lossy);
    let setting = |name: &str| {
        let pairs = settings.as_deref()?.split(',').filter_map(|pair| pair.split_once('='));
        pairs.map(|(k, v)| (k.trim(), v.trim())).find(|(k, _)| *k == name).map(|(_, v)| v.to_owned())
    };
    let Some(algorithm) = setting("algorithm") else {
        return Ok(keys.keys.iter().enumerate().map(|(i, key)| (i, key, Algorithm::Sha1)).collect());
    };
    let (id, algorithm) = (setting("key"), Algorithm::parse(&algorithm));
    let known = keys.shared.iter().enumerate().find(|(_, shared)| id.as_deref() == Some(shared.id.as_str()));
    match known.filter(|(_, shared)| algorithm == Some(shared.algorithm)) {
        Some((i, shared)) => Ok(vec![(keys.keys.len() + i, &shared.secret, shared.algorithm)]),
        None => Err(Unverified::UnknownKey),
    }
}

/// Every text that may have been signed. A text that leaves the body out is among them only where
/// the address holds the body's digest and the digest is right.
fn signed_texts(
    vendor: Vendor,
    content_type: Option<&HeaderValue>,
    url: &str,
    body: &[u8],
) -> Vec<(Encoding, Vec<u8>)> {
    let mut rests: Vec<(Encoding, Vec<u8>)> = Vec::new();
    if is_form(content_type) {
        // A body of too many pairs is nobody's, so nothing signs it.
        if let Some(pairs) = pairs(body) {
            rests.push((Encoding::Base64, signed_pairs(&pairs, Repeats::Sorted)));
            if vendor == Vendor::SignalWire {
                rests.push((Encoding::Base64, signed_pairs(&pairs, Repeats::AsSent)));
            }
        }
    } else if body_digest(url).is_some_and(|digest| has_digest(body, digest)) {
        rests.push((Encoding::Base64, Vec::new()));
    }
    if vendor == Vendor::SignalWire {
        rests.push((Encoding::Hex, body.to_vec()));
    }
    let with = |address: &str, rest: &[u8]| [address.as_bytes(), rest].concat();
    let addresses = addresses(url);
    rests.iter().flat_map(|(encoding, rest)| addresses.iter().map(|a| (*encoding, with(a, rest)))).collect()
}

/// Whether the body is a form. Without a type it is one: a `GET` has neither body nor type.
fn is_form(content_type: Option<&HeaderValue>) -> bool {
    let essence = content_type.map(|value| value.as_bytes().split(|b| *b == b';').next().unwrap_or_default());
    essence
        .is_none_or(|essence| essence.trim_ascii().eq_ignore_ascii_case(b"application/x-www-form-urlencoded"))
}

/// Bytes of a hexadecimal text.
pub(super) fn hex(text: &[u8]) -> Option<Vec<u8>> {
    if text.is_empty() || !text.len().is_multiple_of(2) {
        return None;
    }
    let digit = |b: u8| char::from(b).to_digit(16).map(|d| d as u8);
    text.chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}
