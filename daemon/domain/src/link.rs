//! Links in messages: a token that says which page for which message, and that we made it; and the
//! nonce in a page, which says that whoever presses its button has seen it.
//!
//! Must not live here: what the page does, and until when (`visit`).

use frontdesk_shared::time::HOUR;
use frontdesk_shared::{MessageId, Millis};
use std::fmt;

/// The page about an appointment.
pub const APPOINTMENT: &str = "appointment";
/// The page that ends all contact.
pub const UNSUBSCRIBE: &str = "unsubscribe";

/// Letters of a token's signature: 100 bits, more than anybody can try.
const SIGNATURE: usize = 20;

/// What signs links. Whoever knows it can make them.
#[derive(Clone)]
pub struct LinkSecret([u8; 32]);

impl fmt::Debug for LinkSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkSecret(…)")
    }
}

impl LinkSecret {
    /// From 32 random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// The token of a page for a message.
pub fn token(secret: &LinkSecret, page: &str, id: MessageId) -> String {
    format!("{id}{}", signature(secret, page, id))
}

/// The message of a token, where we made it for this page. Compared in constant time.
pub fn open(secret: &LinkSecret, page: &str, token: &str) -> Option<MessageId> {
    let (id, given) = token.split_at_checked(frontdesk_shared::id::ID_CHARS)?;
    let id: MessageId = id.parse().ok()?;
    same(&signature(secret, page, id), given).then_some(id)
}

/// What a page of a message has to send back with whatever it asks for. It holds for one state of
/// what the page showed, for the hour it was made in and the next one.
pub fn nonce(secret: &LinkSecret, page: &str, id: MessageId, sequence: i64, now: Millis) -> String {
    nonce_of(secret, page, id, sequence, now.0.div_euclid(HOUR))
}

/// Whether a nonce came from a page that showed this state and is not too old. Compared in
/// constant time.
pub fn is_nonce(
    secret: &LinkSecret,
    page: &str,
    id: MessageId,
    sequence: i64,
    (given, now): (&str, Millis),
) -> bool {
    let hour = now.0.div_euclid(HOUR);
    [hour, hour - 1].iter().any(|hour| same(&nonce_of(secret, page, id, sequence, *hour), given))
}

fn nonce_of(secret: &LinkSecret, page: &str, id: MessageId, sequence: i64, hour: i64) -> String {
    let mut hash = hasher(secret, page, id);
    hash.update(&sequence.to_le_bytes()).update(&hour.to_le_bytes());
    letters(&hash)
}

fn signature(secret: &LinkSecret, page: &str, id: MessageId) -> String {
    letters(&hasher(secret, page, id))
}

fn hasher(secret: &LinkSecret, page: &str, id: MessageId) -> blake3::Hasher {
    let mut hash = blake3::Hasher::new_keyed(&secret.0);
    hash.update(page.as_bytes()).update(&[0]).update(&id.0.to_le_bytes());
    hash
}

fn letters(hash: &blake3::Hasher) -> String {
    const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let bytes = hash.finalize();
    bytes.as_bytes().iter().take(SIGNATURE).map(|b| char::from(LETTERS[usize::from(b & 31)])).collect()
}

fn same(made: &str, given: &str) -> bool {
    let differs = made.bytes().zip(given.bytes()).fold(0, |differs, (a, b)| differs | (a ^ b));
    given.len() == made.len() && differs == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_its_page_and_no_other() {
        let secret = LinkSecret::new([7; 32]);
        let made = token(&secret, "appointment", MessageId(77));
        assert_eq!(open(&secret, "appointment", &made), Some(MessageId(77)));
        assert_eq!(open(&secret, "unsubscribe", &made), None);
        assert_eq!(open(&LinkSecret::new([8; 32]), "appointment", &made), None);
    }

    #[test]
    fn what_was_tampered_with_opens_nothing() {
        let secret = LinkSecret::new([7; 32]);
        let made = token(&secret, "appointment", MessageId(77));
        for at in 0..made.len() {
            let mut other = made.clone().into_bytes();
            other[at] = if other[at] == b'0' { b'1' } else { b'0' };
            let other = String::from_utf8(other).unwrap();
            assert_eq!(open(&secret, "appointment", &other), None, "{at}");
        }
        for garbage in ["", "x", "0000000000001", &made[1..], &format!("{made}0"), "ÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄ"]
        {
            assert_eq!(open(&secret, "appointment", garbage), None, "{garbage}");
        }
    }

    #[test]
    fn a2_a_nonce_is_of_one_state_of_one_page_and_of_its_time() {
        let secret = LinkSecret::new([7; 32]);
        let (id, made_at) = (MessageId(77), Millis(1_000 * HOUR + 59 * 60_000));
        let made = nonce(&secret, "appointment", id, 3, made_at);
        let good = |page: &str, id: i64, sequence: i64, after: i64| {
            is_nonce(&secret, page, MessageId(id), sequence, (&made, made_at + after))
        };
        assert!(good("appointment", 77, 3, 0) && good("appointment", 77, 3, HOUR));
        assert!(!good("appointment", 77, 3, HOUR + 60_000) && !good("appointment", 77, 3, -HOUR));
        assert!(!good("appointment", 77, 4, 0) && !good("appointment", 78, 3, 0));
        assert!(!good("unsubscribe", 77, 3, 0));
        assert_ne!(made, token(&secret, "appointment", id)[frontdesk_shared::id::ID_CHARS..]);
        for garbage in ["", "x", &made[1..], &format!("{made}0")] {
            assert!(!is_nonce(&secret, "appointment", id, 3, (garbage, made_at)), "{garbage}");
        }
    }
}
