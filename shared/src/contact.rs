//! Ways of reaching a person, and the purposes for which it is done.

use crate::words::words;

words! {
    /// A way of reaching a person. Consent and budgets are per channel.
    Channel {
        /// A call by an AI voice.
        AiVoice = "ai_voice",
        /// A text message.
        Sms = "sms",
        /// An email.
        Email = "email",
    }
}

words! {
    /// What a contact is for; marketing needs the stronger consent.
    Purpose {
        /// Selling or arranging a sale.
        Marketing = "marketing",
        /// About something the person already agreed to.
        Informational = "informational",
    }
}

/// A phone number with its middle hidden: `+44•••••••123`.
pub fn mask_phone(e164: &str) -> String {
    let n = e164.chars().count();
    if n <= 6 {
        return "•".repeat(n);
    }
    e164.chars().enumerate().map(|(i, c)| if i < 3 || i + 3 >= n { c } else { '•' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_number_keeps_only_its_ends() {
        assert_eq!(mask_phone("+447700900123"), "+44•••••••123");
        assert_eq!(mask_phone("+1"), "••");
    }
}
