//! Phone numbers: from what was typed to E.164, or the reason why not.
//!
//! UK spellings are read first and exactly (07, 01, 02, with +44, 0044, 44 or "(0)"); everything
//! else goes to the library. `rlibphonenumber` decides validity, region and line type, because
//! it is fast enough for a million rows and equal to the original on every number tried;
//! `phonenumber` formats for people. What the libraries get wrong is fixed here and nowhere else:
//! Unicode digits, extensions, letters read as keypad digits, and international numbers whose
//! digits would be changed silently. A number is valid only if its numbering plan knows it; a
//! number that needs a country nobody named is ambiguous, and is to be held, not guessed.
//!
//! **Numbers for demonstrations and tests.** Regulators keep ranges that are never given to
//! anyone. Usable here:
//! - GB landline (Ofcom, valid in the library): 020 7946 0000–0999, 0113/0114/0115/0116/0117/
//!   0118/0121/0131/0141/0151/0161 496 0000–0999, 028 9018 0000–0999, 029 2018 0000–0999;
//! - GB mobile (Ofcom): 07700 900000–900999. The library calls them invalid; they are accepted
//!   here as mobiles, since every sample file uses them and they can reach nobody;
//! - US (NANPA, valid in the library): any working area code, then 555 0100–0199, for example
//!   +1 212 555 0100. Not with toll-free codes: those have no place and so no local time.
//!
//! [`Phone::is_fictional`] tells them; the policy says whether they may be contacted.
//!
//! Not here: time zones, consent, or whether a number may be called.

mod clean;

use rlibphonenumber::{
    NumberLengthType, PHONE_NUMBER_UTIL, ParseError, PhoneNumber, PhoneNumberFormat, PhoneNumberType, Region,
    ValidationError,
};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// What kind of line a number belongs to, as far as the number tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineType {
    /// A mobile.
    Mobile,
    /// A fixed line; receives no texts.
    Landline,
    /// Free for the caller; belongs to no place.
    TollFree,
    /// Voice over IP; belongs to no place.
    Voip,
    /// Premium rate, shared cost, personal, pager, voicemail or access number.
    Other,
    /// The numbering plan does not tell mobile from fixed (as in North America).
    Unknown,
}

impl LineType {
    /// The word stored and shown.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Mobile => "mobile",
            Self::Landline => "landline",
            Self::TollFree => "toll_free",
            Self::Voip => "voip",
            Self::Other => "other",
            Self::Unknown => "unknown",
        }
    }
}

/// A valid number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Phone {
    e164: String,
    region: String,
    line: LineType,
}

impl Phone {
    /// The number in E.164, such as `+442079460018`.
    pub fn e164(&self) -> &str {
        &self.e164
    }

    /// ISO 3166 code of the country, such as `GB`; `001` for numbers of no country.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The kind of line.
    pub fn line(&self) -> LineType {
        self.line
    }

    /// Whether the number can receive texts as far as the numbering plan tells.
    pub fn may_text(&self) -> bool {
        matches!(self.line, LineType::Mobile | LineType::Unknown)
    }

    /// Whether the number is kept for fiction and belongs to nobody.
    pub fn is_fictional(&self) -> bool {
        if let Some(uk) = self.e164.strip_prefix("+44") {
            let drama = ["7700900", "2079460", "2890180", "2920180"].iter().any(|p| uk.starts_with(p));
            let city = ["113", "114", "115", "116", "117", "118", "121", "131", "141", "151", "161"];
            return uk.len() == 10
                && (drama || city.iter().any(|c| uk.strip_prefix(c).is_some_and(|r| r.starts_with("4960"))));
        }
        let us = self.e164.strip_prefix("+1").filter(|n| n.len() == 10);
        us.is_some_and(|n| n.get(3..8) == Some("55501"))
    }

    /// As people of its country write it, such as `020 7946 0018`.
    pub fn national(&self) -> String {
        self.formatted(phonenumber::Mode::National)
    }

    /// As people abroad write it, such as `+44 20 7946 0018`.
    pub fn international(&self) -> String {
        self.formatted(phonenumber::Mode::International)
    }

    fn formatted(&self, mode: phonenumber::Mode) -> String {
        match phonenumber::parse(None, &self.e164) {
            // Some plans are read wrongly by the formatting library: then E.164 is shown.
            Ok(n) if n.format().to_string() == self.e164 => n.format().mode(mode).to_string(),
            _ => self.e164.clone(),
        }
    }
}

/// Why a text is no usable number. Never holds the text itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// Nothing there.
    #[error("no phone number")]
    Empty,
    /// No digits, or signs that belong to no number.
    #[error("not a phone number")]
    NotANumber,
    /// Letters where digits belong.
    #[error("letters in the phone number")]
    Letters,
    /// A spreadsheet turned it into a rounded figure.
    #[error("rounded by a spreadsheet (such as 4.48E+11): export the column as text")]
    Rounded,
    /// Too few digits.
    #[error("too few digits")]
    TooShort,
    /// Too many digits, or two numbers.
    #[error("too many digits (one number per field)")]
    TooLong,
    /// The country calling code does not exist.
    #[error("unknown country calling code")]
    UnknownCountry,
    /// Well-formed, but the numbering plan has no such number.
    #[error("no number of the {0} numbering plan")]
    NotInPlan(String),
    /// Reading it would have changed its digits.
    #[error("the digits after the country code make no number as written")]
    Altered,
    /// National digits, and no country to read them in.
    #[error("ambiguous: no country code, and no default country is set")]
    NoCountry,
    /// National digits without a country, which would be a number of one with a plus before them.
    #[error("ambiguous: no country is named; with a + before it, it would be one of {0}")]
    PlusWouldDo(String),
    /// No number of the default country, but one of another if a plus were put before it.
    #[error("ambiguous: no number of {0}, but with a + before it, it would be one of {1}")]
    MissingPlus(String, String),
    /// No number of the default country, but as dialed inside another it would be one.
    #[error(
        "ambiguous: no number of {0}, but it would be one of {1}; write it with its country code, or name the country"
    )]
    Elsewhere(String, String),
}

impl PhoneError {
    /// Whether a person can settle it by naming the country: hold it instead of refusing it.
    pub fn is_ambiguous(&self) -> bool {
        matches!(self, Self::NoCountry | Self::PlusWouldDo(_) | Self::MissingPlus(..) | Self::Elsewhere(..))
    }

    /// What would help, in words.
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Empty | Self::NotANumber | Self::Letters => "write digits, such as +44 7700 900123",
            Self::Rounded => "format the column as text and export again",
            Self::TooShort | Self::TooLong | Self::NotInPlan(_) | Self::Altered => {
                "check the digits; a number from abroad needs + and its country code"
            }
            Self::UnknownCountry => "write + and a country code, such as +44 or +1",
            Self::NoCountry | Self::PlusWouldDo(_) | Self::MissingPlus(..) | Self::Elsewhere(..) => {
                "write the number with + and its country code, or name its country"
            }
        }
    }

    /// One stable word, for counting.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NotANumber => "not-a-number",
            Self::Letters => "letters",
            Self::Rounded => "rounded",
            Self::TooShort => "too-short",
            Self::TooLong => "too-long",
            Self::UnknownCountry => "unknown-country",
            Self::NotInPlan(_) => "not-in-plan",
            Self::Altered => "altered",
            Self::NoCountry => "no-country",
            Self::PlusWouldDo(_) | Self::MissingPlus(..) => "missing-plus",
            Self::Elsewhere(..) => "elsewhere",
        }
    }
}

/// Fewer digits than this are a number nowhere outside one exchange.
const MIN_DIGITS: usize = 5;

/// A plus and fifteen digits.
const MAX_E164: usize = 16;

/// Reads `raw` as a number, in `default_region` (ISO 3166, such as `GB`) unless it names its
/// country itself.
pub fn normalise(raw: &str, default_region: Option<&str>) -> Result<Phone, PhoneError> {
    let read = clean::digits(raw)?;
    let digits = read.as_str();
    if digits.len() < MIN_DIGITS {
        return Err(PhoneError::TooShort);
    }
    if read.plus {
        return international(digits.strip_prefix("00").unwrap_or(digits));
    }
    // "UK" is what people write; the code is GB.
    let region = default_region.map(str::trim).map(|r| if r.eq_ignore_ascii_case("UK") { "GB" } else { r });
    let region = region.and_then(|r| Region::from_code(r).ok());
    let region = region.filter(|r| PHONE_NUMBER_UTIL.get_country_code_for_region(*r).is_some());
    if let Some(rest) = digits.strip_prefix("00").filter(|rest| !rest.starts_with('0')) {
        // 00 is the international prefix nearly everywhere; where it is not, the region decides.
        return international(rest).or_else(|e| region.map_or(Err(e), |r| library(digits, r)));
    }
    let Some(region) = region else {
        return Err(plus_country(digits).map_or(PhoneError::NoCountry, PhoneError::PlusWouldDo));
    };
    national(digits, region)
        .map_err(|e| missing_plus(digits, region).or_else(|| elsewhere(digits, region)).unwrap_or(e))
}

/// Reads `raw` with the country calling code that stood in a field of its own, such as `1`. A number
/// that has its own code, or repeats this one, keeps it.
pub fn normalise_with_code(raw: &str, code: &str) -> Result<Phone, PhoneError> {
    let read = clean::digits(raw)?;
    let digits = read.as_str();
    if read.plus || digits.starts_with("00") {
        return normalise(raw, None);
    }
    if digits.len() < MIN_DIGITS {
        return Err(PhoneError::TooShort);
    }
    let national = digits.strip_prefix('0').unwrap_or(digits);
    let put_together = international(&format!("{code}{national}"))
        .or_else(|e| if national == digits { Err(e) } else { international(&format!("{code}{digits}")) });
    match digits.strip_prefix(code) {
        Some(_) => put_together.or_else(|e| international(digits).map_err(|_| e)),
        None => put_together,
    }
}

/// Every number a text may mean, for refusals: whoever might be meant is not called. In the given
/// country, with its code, with a plus, and in the other countries this program knows by heart.
pub fn readings(raw: &str, region: Option<&str>, code: Option<&str>) -> Vec<Phone> {
    let mut read: Vec<Result<Phone, PhoneError>> =
        code.map(|code| normalise_with_code(raw, code)).into_iter().collect();
    read.push(normalise(raw, region));
    if read.iter().all(Result::is_err) {
        let digits = clean::digits(raw).map(|d| d.as_str().to_owned()).unwrap_or_default();
        read.push(normalise(&format!("+{digits}"), None));
        read.extend(["GB", "US"].map(|country| normalise(raw, Some(country))));
    }
    let mut out: Vec<Phone> = Vec::new();
    for phone in read.into_iter().flatten() {
        if !out.contains(&phone) {
            out.push(phone);
        }
    }
    out
}

/// Loads the numbering plans, so that the first number is not slow.
pub fn warm_up() {
    let _ = normalise("+442079460018", None);
    let _ = normalise("+12125550100", None);
}

/// Digits that begin with a country calling code.
fn international(digits: &str) -> Result<Phone, PhoneError> {
    if let Some(rest) = digits.strip_prefix("44") {
        let rest = rest.strip_prefix('0').unwrap_or(rest);
        if uk_shape(rest) {
            return judge(&direct(44, rest)?, Region::GB);
        }
    }
    if let Some(rest) = digits.strip_prefix('1').filter(|rest| rest.len() == 10) {
        return judge(&direct(1, rest)?, Region::US);
    }
    let mut text = String::with_capacity(digits.len() + 1);
    text.push('+');
    text.push_str(digits);
    let number = PHONE_NUMBER_UTIL.parse(&text, None).map_err(|e| parse_error(&e, "international"))?;
    let region = PHONE_NUMBER_UTIL.get_region_for_country_code(number.country_code).unwrap_or(Region::World);
    let phone = judge(&number, region)?;
    same_digits(&phone, digits, &number).then_some(phone).ok_or(PhoneError::Altered)
}

/// Whether E.164 kept the digits as given, but for one trunk zero after the country code ("(0)"),
/// which the library cuts off only in countries that have one.
fn same_digits(phone: &Phone, digits: &str, number: &PhoneNumber) -> bool {
    let kept = phone.e164.get(1..).unwrap_or_default();
    if kept == digits {
        return true;
    }
    let code = number.country_code.to_string();
    let without_zero = digits.strip_prefix(code.as_str()).and_then(|r| r.strip_prefix('0'));
    without_zero.is_some_and(|r| kept.strip_prefix(code.as_str()) == Some(r))
}

/// Digits as dialled inside `region`.
fn national(digits: &str, region: Region) -> Result<Phone, PhoneError> {
    match region {
        Region::GB | Region::GG | Region::IM | Region::JE => {
            let rest = digits.strip_prefix('0').or_else(|| {
                let rest = digits.strip_prefix("44")?;
                Some(rest.strip_prefix('0').unwrap_or(rest))
            });
            if let Some(rest) = rest.filter(|rest| uk_shape(rest)) {
                return judge(&direct(44, rest)?, Region::GB);
            }
        }
        Region::US | Region::CA => {
            let rest = digits.strip_prefix('1').unwrap_or(digits);
            if rest.len() == 10 {
                return judge(&direct(1, rest)?, region);
            }
        }
        _ => {}
    }
    library(digits, region)
}

fn library(digits: &str, region: Region) -> Result<Phone, PhoneError> {
    let name = region.as_region_str();
    let number = PHONE_NUMBER_UTIL.parse(digits, Some(region)).map_err(|e| parse_error(&e, &name))?;
    judge(&number, region)
}

/// The three shapes of the requirement: 7 and nine digits, 2 and nine, 1 and eight or nine.
fn uk_shape(rest: &str) -> bool {
    match rest.as_bytes().first() {
        Some(b'7' | b'2') => rest.len() == 10,
        Some(b'1') => matches!(rest.len(), 9 | 10),
        _ => false,
    }
}

fn direct(country_code: i32, rest: &str) -> Result<PhoneNumber, PhoneError> {
    let national_number = rest.parse().map_err(|_| PhoneError::NotANumber)?;
    Ok(PhoneNumber { country_code, national_number, ..PhoneNumber::default() })
}

/// Ofcom's mobile range for fiction; the library does not know it.
fn is_uk_drama_mobile(number: &PhoneNumber) -> bool {
    let plain = number.italian_leading_zero.is_none();
    plain && number.country_code == 44 && (7_700_900_000..7_700_901_000).contains(&number.national_number)
}

/// Validity, region and line type; the only place that decides them.
fn judge(number: &PhoneNumber, assumed: Region) -> Result<Phone, PhoneError> {
    let known = PHONE_NUMBER_UTIL.get_region_for_number(number);
    // Wherever it was written: with the country assumed there it would be two people.
    let region = known.or(is_uk_drama_mobile(number).then_some(Region::GB));
    // A zero kept before a British number makes it another number, which the digits alone do not
    // show: the same person under two spellings would be called in spite of an opt-out.
    let plain = number.italian_leading_zero.is_none();
    let line = match known.filter(|r| plain && *r == Region::GB).and_then(|_| gb_line(number)) {
        Some(line) => line,
        None => library_line(number, assumed)?,
    };
    let mut e164 = String::with_capacity(16);
    if number.italian_leading_zero.is_some() {
        e164.push_str(&PHONE_NUMBER_UTIL.format(number, PhoneNumberFormat::E164));
    } else {
        // Writing to a String cannot fail.
        let _ = write!(e164, "+{}{}", number.country_code, number.national_number);
    }
    // Some plans are wider than E.164 itself; what does not fit cannot be dialed from abroad.
    if e164.len() > MAX_E164 {
        return Err(PhoneError::TooLong);
    }
    Ok(Phone { e164, region: region.unwrap_or(assumed).as_region_str().as_str().to_owned(), line })
}

/// Landlines and mobiles of GB by their first digits. Belonging to GB and not to an island means
/// being valid there, so the costly question of the type is spared for most numbers of an import.
fn gb_line(number: &PhoneNumber) -> Option<LineType> {
    let n = number.national_number;
    let ten = (1_000_000_000..10_000_000_000).contains(&n);
    match (n / 1_000_000_000, n / 100_000_000 % 10) {
        (1 | 2, _) if ten => Some(LineType::Landline),
        // 70 are personal numbers, 76 pagers.
        (7, 1..=5 | 7..=9) if ten => Some(LineType::Mobile),
        _ => None,
    }
}

fn library_line(number: &PhoneNumber, assumed: Region) -> Result<LineType, PhoneError> {
    Ok(match PHONE_NUMBER_UTIL.get_number_type(number) {
        PhoneNumberType::Mobile => LineType::Mobile,
        PhoneNumberType::FixedLine => LineType::Landline,
        PhoneNumberType::FixedLineOrMobile => LineType::Unknown,
        PhoneNumberType::TollFree => LineType::TollFree,
        PhoneNumberType::VoIP => LineType::Voip,
        // 03: charged like 01 and 02 by rule, and what many businesses answer on.
        PhoneNumberType::UAN if number.country_code == 44 => LineType::Landline,
        PhoneNumberType::Unknown if is_uk_drama_mobile(number) => LineType::Mobile,
        PhoneNumberType::Unknown => return Err(not_valid(number, assumed)),
        _ => LineType::Other,
    })
}

fn not_valid(number: &PhoneNumber, assumed: Region) -> PhoneError {
    // The library calls nine digits possible for all of GB; a mobile has ten.
    let digits = number.national_number.checked_ilog10().map_or(1, |n| n + 1);
    if number.country_code == 44 && number.national_number / 10_u64.pow(digits - 1) == 7 && digits != 10 {
        return if digits < 10 { PhoneError::TooShort } else { PhoneError::TooLong };
    }
    match PHONE_NUMBER_UTIL.is_possible_number_with_reason(number) {
        Err(ValidationError::TooShort) | Ok(NumberLengthType::IsPossibleLocalOnly) => PhoneError::TooShort,
        Err(ValidationError::TooLong) => PhoneError::TooLong,
        Err(ValidationError::InvalidCountryCode) => PhoneError::UnknownCountry,
        _ => PhoneError::NotInPlan(assumed.as_region_str().as_str().to_owned()),
    }
}

fn parse_error(e: &ParseError, plan: &str) -> PhoneError {
    match e {
        ParseError::InvalidCountryCode => PhoneError::UnknownCountry,
        ParseError::TooShortAfterIdd | ParseError::TooShortNsn => PhoneError::TooShort,
        ParseError::TooLongNsn => PhoneError::TooLong,
        ParseError::NotANumber(_) => PhoneError::NotInPlan(plan.to_owned()),
    }
}

/// Digits that are nothing in the default country but a full number with a plus: spreadsheets
/// eat the plus. Held, because the reverse guess would call a stranger abroad.
fn missing_plus(digits: &str, region: Region) -> Option<PhoneError> {
    let other = plus_country(digits)?;
    let here = region.as_region_str().as_str().to_owned();
    (other != here).then_some(PhoneError::MissingPlus(here, other))
}

/// The country of digits that are a whole number once a plus is put before them.
fn plus_country(digits: &str) -> Option<String> {
    if digits.starts_with('0') || digits.len() < 10 {
        return None;
    }
    international(digits).ok().map(|phone| phone.region)
}

/// Digits that are nothing in the default country and a number as dialed in North America or Great
/// Britain.
fn elsewhere(digits: &str, region: Region) -> Option<PhoneError> {
    let here = region.as_region_str().as_str().to_owned();
    let other = match digits.len() {
        10 if !digits.starts_with(['0', '1']) => international(&format!("1{digits}")).ok()?.region,
        10 | 11 if digits.starts_with('0') => national(digits, Region::GB).ok()?.region,
        _ => return None,
    };
    (other != here).then_some(PhoneError::Elsewhere(here, other))
}

#[cfg(test)]
mod tests;
