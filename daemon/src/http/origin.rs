//! Where a request comes from: the peer, or what a trusted proxy saw. What cannot be read is
//! nobody, and nobody is trusted with anything an address alone would open.
//!
//! Must not live here: what an address may do.

use super::Web;
use crate::config::AddressRange;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use std::convert::Infallible;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Where a request comes from; `None` where a proxy said something unreadable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin(Option<IpAddr>);

impl Origin {
    /// Whether it is one of these addresses; nobody is in none of them.
    pub(crate) fn is_in(self, ranges: &[AddressRange]) -> bool {
        self.0.is_some_and(|address| ranges.iter().any(|range| range.contains(address)))
    }

    /// What it is counted under.
    pub(super) fn net(self) -> Net {
        self.0.map_or(Net::Nobody, Net::of)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(address) => address.fmt(f),
            None => f.write_str("unknown"),
        }
    }
}

/// Addresses that one limit holds for: an IPv4 address, or the /64 that an IPv6 customer is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Net {
    /// Nobody that can be named; all of them share one limit.
    Nobody,
    /// One IPv4 address.
    V4(Ipv4Addr),
    /// The upper half of an IPv6 address.
    V6(u64),
}

impl Net {
    pub(super) fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address),
            #[allow(clippy::cast_possible_truncation)] // the upper half is meant
            IpAddr::V6(address) => Self::V6((u128::from(address) >> 64) as u64),
        }
    }
}

/// Where a request comes from. `X-Forwarded-For` is believed only from configured proxies.
pub(super) fn of(parts: &Parts, proxies: &[AddressRange]) -> Origin {
    let unknown = IpAddr::from(Ipv6Addr::UNSPECIFIED);
    let peer = parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(unknown, |ConnectInfo(peer)| peer.ip().to_canonical());
    forwarded(peer, &parts.headers, proxies)
}

/// The last address that a trusted proxy did not add itself. Every line of the header counts, in
/// their order, read from the right: what stands to the left of the first stranger is his own
/// invention.
fn forwarded(peer: IpAddr, headers: &HeaderMap, proxies: &[AddressRange]) -> Origin {
    let trusted = |address: IpAddr| proxies.iter().any(|range| range.contains(address));
    let mut seen = peer;
    if !trusted(seen) {
        return Origin(Some(seen));
    }
    for line in headers.get_all("x-forwarded-for").iter().rev() {
        let Ok(line) = line.to_str() else { return Origin(None) };
        for part in line.rsplit(',') {
            let Some(address) = address(part) else { return Origin(None) };
            seen = address;
            if !trusted(seen) {
                return Origin(Some(seen));
            }
        }
    }
    Origin(Some(seen))
}

/// An address as proxies write it: bare, with a port, in brackets, with a zone.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let plain = text.split_once('%').map_or(text, |(address, _)| address);
    let bracketed = || {
        let (inside, port) = text.strip_prefix('[')?.split_once(']')?;
        let inside = inside.split_once('%').map_or(inside, |(address, _)| address);
        let fine = port.is_empty() || port.strip_prefix(':').is_some_and(|p| p.parse::<u16>().is_ok());
        inside.parse::<Ipv6Addr>().ok().filter(|_| fine).map(IpAddr::from)
    };
    let found = plain.parse::<IpAddr>().ok();
    let found = found.or_else(|| text.parse::<SocketAddr>().ok().map(|at| at.ip())).or_else(bracketed)?;
    Some(found.to_canonical())
}

impl FromRequestParts<Web> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Infallible> {
        Ok(of(parts, &web.app.config.house.proxy_addresses))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, lines: &[&str]) -> String {
        let proxies = ["10.0.0.0/8", "fd00::/8"].map(|r| AddressRange::parse(r).unwrap());
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        forwarded(peer.parse().unwrap(), &headers, &proxies).to_string()
    }

    #[test]
    fn the_address_is_the_one_the_nearest_trusted_proxy_saw() {
        assert_eq!(seen("192.0.2.9", &["127.0.0.1"]), "192.0.2.9", "a stranger's header is nothing");
        assert_eq!(seen("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", &["192.0.2.1"]), "192.0.2.1");
        assert_eq!(seen("10.0.0.1", &["127.0.0.1, 192.0.2.1, 10.0.0.2"]), "192.0.2.1");
        // Two lines are one list: a proxy that adds its own line does not hide behind the first.
        assert_eq!(seen("10.0.0.1", &["127.0.0.1", "192.0.2.1"]), "192.0.2.1");
        assert_eq!(seen("10.0.0.1", &["192.0.2.1", "10.0.0.2"]), "192.0.2.1");
        assert_eq!(seen("10.0.0.1", &["10.0.0.3, 10.0.0.2"]), "10.0.0.3");
        assert_eq!(seen("::ffff:10.0.0.1", &["::ffff:192.0.2.1"]), "192.0.2.1");
    }

    #[test]
    fn ports_and_brackets_are_understood() {
        for (written, meant) in [
            ("192.0.2.1:4711", "192.0.2.1"),
            ("\"192.0.2.1\"", "192.0.2.1"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("\"[2001:db8::1]:443\"", "2001:db8::1"),
            ("fe80::1%eth0", "fe80::1"),
        ] {
            assert_eq!(seen("10.0.0.1", &[written]), meant, "{written}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_nobody() {
        let everyone = ["0.0.0.0/0", "::/0"].map(|r| AddressRange::parse(r).unwrap());
        for written in [
            "unknown",
            "",
            "_hidden",
            "127.0.0.1, ",
            "127.0.0.1, unknown",
            "localhost",
            "[::1",
            "1.2.3.4:x",
            "[::1]x",
        ] {
            assert_eq!(seen("10.0.0.1", &[written]), "unknown", "{written}");
        }
        assert_eq!(seen("10.0.0.1", &["192.0.2.1", "unknown"]), "unknown");
        assert!(!Origin(None).is_in(&everyone));
    }

    #[test]
    fn a_customers_whole_network_is_one() {
        let net = |text: &str| Net::of(text.parse().unwrap());
        assert_eq!(net("2001:db8:0:1::1"), net("2001:db8:0:1:ffff::2"));
        assert_ne!(net("2001:db8:0:1::1"), net("2001:db8:0:2::1"));
        assert_ne!(net("192.0.2.1"), net("192.0.2.2"));
        assert_eq!(net("::ffff:192.0.2.1"), net("192.0.2.1"));
    }
}
