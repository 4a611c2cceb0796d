//! What is ours in a mail: our addresses with their tokens, our identifiers, our mark.
//!
//! Must not live here: which record a token names.

/// Tokens taken from one mail; a thread has one.
const MOST_TOKENS: usize = 20;

/// What to know as our own. Everything in lower case.
#[derive(Clone, Debug, Default)]
pub struct Ours {
    /// Addresses we send from or receive at, without tokens: `bookings@desk.example`.
    pub addresses: Vec<String>,
    /// What stands behind the `@` of the `Message-ID`s we make.
    pub id_domains: Vec<String>,
    /// A header field only we write.
    pub marker: Option<String>,
    /// Names of mailing lists the client itself owns: `info@` may be a group.
    pub lists: Vec<String>,
}

impl Ours {
    /// Whether an address is ours, with whatever token.
    pub(crate) fn owns(&self, address: &str) -> bool {
        let (base, _) = divided(address);
        self.addresses.iter().any(|own| *own == address || *own == base)
    }

    /// The token in an address of ours: what stands between the first `+` and the `@`.
    pub(crate) fn token(&self, address: &str) -> Option<String> {
        let (base, token) = divided(address);
        let token = token.filter(|t| !t.is_empty())?;
        // An address that has a plus sign by itself carries no token.
        let whole = self.addresses.iter().any(|own| own == address);
        (!whole && self.addresses.contains(&base)).then(|| token.to_owned())
    }

    /// The tokens in addresses a text names.
    pub(crate) fn tokens_in(&self, text: &str) -> Vec<String> {
        let words = text.split(is_border).filter(|word| word.contains('+') && word.len() <= 320);
        let addresses: Vec<String> = words.map(|w| w.trim_end_matches('.').to_lowercase()).collect();
        self.tokens(addresses.iter().map(String::as_str))
    }

    /// Whether we made an identifier.
    pub(crate) fn made(&self, id: &str) -> bool {
        let domain = id.rsplit_once('@').map(|(_, domain)| domain.to_ascii_lowercase());
        domain.is_some_and(|domain| self.id_domains.contains(&domain))
    }

    /// The tokens in addresses, each once, in their order.
    pub(crate) fn tokens<'a>(&self, addresses: impl Iterator<Item = &'a str>) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for token in addresses.filter_map(|address| self.token(address)).take(MOST_TOKENS) {
            if !found.contains(&token) {
                found.push(token);
            }
        }
        found
    }
}

/// What separates addresses from the words around them.
fn is_border(c: char) -> bool {
    c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | '[' | ']' | ',' | ';' | ':' | '"' | '\'')
}

/// The address without what stands from its first `+` to the `@`, and that.
fn divided(address: &str) -> (String, Option<&str>) {
    let Some((local, domain)) = address.rsplit_once('@') else { return (address.to_owned(), None) };
    match local.split_once('+') {
        Some((base, token)) if !base.is_empty() => (format!("{base}@{domain}"), Some(token)),
        _ => (address.to_owned(), None),
    }
}
