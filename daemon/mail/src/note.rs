//! What was wrong with a mail, or left out of it: shown beside it, never in place of it.
//!
//! Must not live here: what a mail is (`kind`) and doubts about whose words stand in it (`quotes`).

/// A remark about how a mail could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Note {
    /// Longer than `limits::MAX_MAIL`; the rest was not read.
    MailCut,
    /// More header fields, or longer ones, than are kept.
    HeadersCut,
    /// More parts, or parts deeper within parts, than are opened.
    PartsCut,
    /// More text than is kept.
    TextCut,
    /// A character set nobody knows was named; the text was read as UTF-8 or Windows-1252.
    CharsetUnknown,
    /// The text is not in the character set that was named; the likelier one was taken.
    CharsetWrong,
    /// Bytes that mean no character in any likely set were replaced by U+FFFD.
    CharsetBroken,
    /// A part is not encoded the way it says; what could be decoded was.
    EncodingBroken,
    /// A part announced further parts and has none.
    PartsBroken,
    /// The mail is encrypted; its text is not here.
    Encrypted,
    /// The mail has no text.
    NoText,
    /// The text as HTML and as plain text do not say the same; the fuller one was taken.
    PartsDiffer,
    /// There is no `Message-ID`, or none that identifies; the key is a digest.
    NoMessageId,
    /// The date is missing, or one that cannot be; order by arrival.
    NoDate,
    /// No sender, or one without an address.
    NoSender,
    /// More than one sender is named.
    SeveralSenders,
    /// Addresses of ours with different tokens.
    SeveralTokens,
}
