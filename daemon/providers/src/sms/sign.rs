//! What the carriers sign, and with what.
//!
//! Must not live here: headers, keys of the configuration, the verdict (`verify`).

use super::form::Pair;
use ring::{digest, hmac};
use std::collections::BTreeSet;

/// Hash of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC-SHA1, what auth tokens and signing keys sign with.
    Sha1,
    /// HMAC-SHA256, which Twilio's shared keys may have.
    Sha256,
}

impl Algorithm {
    /// The algorithm of Twilio's word.
    pub fn parse(word: &str) -> Option<Self> {
        match word.trim() {
            "HMAC_SHA1" => Some(Self::Sha1),
            "HMAC_SHA256" => Some(Self::Sha256),
            _ => None,
        }
    }

    pub(super) fn key(self, secret: &[u8]) -> hmac::Key {
        let algorithm = match self {
            Self::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => hmac::HMAC_SHA256,
        };
        hmac::Key::new(algorithm, secret)
    }

    /// Bytes of a signature.
    pub(super) const fn length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }
}

/// How values of a repeated name are signed.
#[derive(Clone, Copy)]
pub(super) enum Repeats {
    /// Each different value once, in byte order: Twilio, and older SignalWire.
    Sorted,
    /// All of them, in the order in which they were sent: newer SignalWire.
    AsSent,
}

/// What follows the address in the signed text: names in byte order, each with its value.
pub(super) fn signed_pairs(pairs: &[Pair], repeats: Repeats) -> Vec<u8> {
    let mut out = Vec::new();
    let mut add = |(name, value): &Pair| {
        out.extend_from_slice(name);
        out.extend_from_slice(value);
    };
    match repeats {
        Repeats::Sorted => pairs.iter().collect::<BTreeSet<&Pair>>().into_iter().for_each(&mut add),
        Repeats::AsSent => {
            let mut sorted: Vec<&Pair> = pairs.iter().collect();
            sorted.sort_by(|a, b| a.0.cmp(&b.0)); // stable: values keep their order
            sorted.into_iter().for_each(&mut add);
        }
    }
    out
}

/// The forms of an address that a carrier may have signed: as it is, without its port, with the
/// port that its scheme implies. A fragment is never signed.
pub(super) fn addresses(url: &str) -> Vec<String> {
    let url = url.split_once('#').map_or(url, |(before, _)| before);
    let mut out = vec![url.to_owned()];
    let Some((scheme, rest)) = url.split_once("://") else { return out };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    // A colon inside brackets belongs to an IPv6 address, and one before the @ to a password.
    let host_from = authority.rfind('@').map_or(0, |at| at + 1);
    let port_at = authority[host_from..].rfind(':').map(|at| host_from + at);
    let port_at = port_at.filter(|at| authority[at + 1..].bytes().all(|b| b.is_ascii_digit()));
    match (port_at, scheme) {
        (Some(at), _) => out.push(format!("{scheme}://{}{tail}", &authority[..at])),
        (None, "https") => out.push(format!("{scheme}://{authority}:443{tail}")),
        (None, "http") => out.push(format!("{scheme}://{authority}:80{tail}")),
        (None, _) => {}
    }
    out
}

/// The digest of the body that the address names, if it names one.
pub(super) fn body_digest(url: &str) -> Option<&str> {
    let (_, query) = url.split_once('?')?;
    let query = query.split_once('#').map_or(query, |(before, _)| before);
    query.split('&').find_map(|pair| pair.strip_prefix("bodySHA256="))
}

/// Whether a body has this SHA-256 in hexadecimal. What is compared is public, so the time taken
/// may tell.
pub(super) fn has_digest(body: &[u8], hex: &str) -> bool {
    let digest = digest::digest(&digest::SHA256, body);
    super::verify::hex(hex.as_bytes()).is_some_and(|named| named == digest.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s16_ports_and_fragments() {
        let of = addresses;
        assert_eq!(
            of("https://a.example/x?y=1#rc=2"),
            ["https://a.example/x?y=1", "https://a.example:443/x?y=1"]
        );
        assert_eq!(of("http://a.example"), ["http://a.example", "http://a.example:80"]);
        assert_eq!(of("https://a.example:8443/x"), ["https://a.example:8443/x", "https://a.example/x"]);
        assert_eq!(of("https://[2001:db8::1]/x")[1], "https://[2001:db8::1]:443/x");
        assert_eq!(of("https://[2001:db8::1]:8443/x")[1], "https://[2001:db8::1]/x");
        assert_eq!(of("https://u:p@a.example/x")[1], "https://u:p@a.example:443/x");
        assert_eq!(of("https://u:p@a.example:1?q")[1], "https://u:p@a.example?q");
        assert_eq!(of("nonsense"), ["nonsense"]);
    }

    #[test]
    fn the_named_digest() {
        assert_eq!(body_digest("https://a.example/x?y=1&bodySHA256=ab#f"), Some("ab"));
        assert_eq!(body_digest("https://a.example/x?xbodySHA256=ab"), None);
        assert_eq!(body_digest("https://a.example/bodySHA256=ab"), None);
    }
}
