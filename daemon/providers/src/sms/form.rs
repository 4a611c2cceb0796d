//! `application/x-www-form-urlencoded`, to the byte: signatures are made over what was meant, so
//! nothing is trimmed, dropped or repaired here.
//!
//! Must not live here: what the fields mean.

/// Most pairs read of one body. Real ones have a few dozen.
const MAX_PAIRS: usize = 500;

/// A name and its value, decoded.
pub(super) type Pair = (Vec<u8>, Vec<u8>);

/// The pairs in order, empty values included; `None` when there are too many.
pub(super) fn pairs(body: &[u8]) -> Option<Vec<Pair>> {
    let mut pairs = Vec::new();
    for field in body.split(|b| *b == b'&').filter(|field| !field.is_empty()) {
        if pairs.len() == MAX_PAIRS {
            return None;
        }
        let (name, value) = match field.iter().position(|b| *b == b'=') {
            Some(at) => (&field[..at], &field[at + 1..]),
            None => (field, &b""[..]),
        };
        pairs.push((decode(name), decode(value)));
    }
    Some(pairs)
}

/// `+` is a space and `%XX` a byte; a per cent sign that begins nothing stands for itself.
fn decode(text: &[u8]) -> Vec<u8> {
    let digit = |b: Option<&u8>| b.and_then(|b| char::from(*b).to_digit(16)).map(|d| d as u8);
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match (byte, digit(text.get(at + 1)), digit(text.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                out.push(high << 4 | low);
                at += 3;
                continue;
            }
            (b'+', ..) => out.push(b' '),
            _ => out.push(*byte),
        }
        at += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Vec<(String, String)> {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        pairs(body.as_bytes()).unwrap().into_iter().map(|(k, v)| (text(k), text(v))).collect()
    }

    #[test]
    fn pairs_are_kept_as_they_are() {
        let pair = |k: &str, v: &str| (k.to_owned(), v.to_owned());
        assert_eq!(
            read("a=&b=+x++&&c&a=1%3D2"),
            [pair("a", ""), pair("b", " x  "), pair("c", ""), pair("a", "1=2")]
        );
        assert_eq!(read("a=%zz%4&b=%C3%A9%"), [pair("a", "%zz%4"), pair("b", "é%")]);
        assert_eq!(read(""), []);
        assert_eq!(pairs(b"x=%ff").unwrap()[0].1, [0xff]);
    }

    #[test]
    fn a_body_of_nothing_but_pairs_is_refused() {
        assert_eq!(pairs("a&".repeat(MAX_PAIRS + 1).as_bytes()), None);
        assert!(pairs("a&".repeat(MAX_PAIRS).as_bytes()).is_some());
    }
}
