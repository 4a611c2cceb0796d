//! Which nation of Great Britain and Northern Ireland a number or an address is in: their holidays
//! differ.
//!
//! A landline's area code tells, a mobile's does not; a postcode tells except along a border. Not
//! here: the holidays (`holidays`), countries.

use crate::phone::Phone;

/// A part of the United Kingdom with holidays of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Nation {
    /// England and Wales.
    England,
    /// Scotland.
    Scotland,
    /// Northern Ireland.
    NorthernIreland,
}

/// Area codes of Scotland, without the leading zero; those that reach over the border are none.
const SCOTTISH: [&str; 104] = [
    "1224", "1236", "1241", "1250", "1259", "1261", "1290", "1292", "1294", "1301", "1307", "1309", "131",
    "1320", "1324", "1330", "1333", "1334", "1337", "1339", "1340", "1343", "1346", "1349", "1350", "1355",
    "1356", "1357", "1358", "1360", "1361", "1369", "1381", "1382", "1383", "1387", "1389", "1397", "1408",
    "141", "1431", "1436", "1450", "1461", "1463", "1464", "1466", "1467", "1470", "1471", "1475", "1478",
    "1479", "1499", "1501", "1505", "1506", "1542", "1556", "1557", "1560", "1561", "1563", "1567", "1569",
    "1571", "1573", "1575", "1576", "1577", "1578", "1583", "1586", "1592", "1595", "1599", "1620", "1631",
    "1641", "1644", "1651", "1659", "1667", "1671", "1674", "1680", "1683", "1687", "1688", "1698", "1700",
    "1721", "1738", "1750", "1764", "1770", "1776", "1779", "1786", "1796", "1806", "1828", "1835", "1838",
];

/// Codes along the border or unknown to be on one side.
const EITHER: [&str; 7] = ["1289", "1890", "1896", "1899", "1228", "1697", "1668"];

/// The nation of a landline; `None` for other lines, and where a code lies on a border.
pub fn of_number(phone: &Phone) -> Option<Nation> {
    let national = phone.e164().strip_prefix("+44")?;
    let begins = |codes: &[&str]| codes.iter().any(|code| national.starts_with(code));
    if national.starts_with("28") {
        return Some(Nation::NorthernIreland);
    }
    if !national.starts_with('1') && !national.starts_with('2') || begins(&EITHER) {
        return None;
    }
    if begins(&SCOTTISH) {
        return Some(Nation::Scotland);
    }
    // Small places of Scotland share the numbers above 018: left careful.
    let large = national.starts_with("191");
    let certain = large || !(national.starts_with("18") || national.starts_with("19"));
    certain.then_some(Nation::England)
}

/// The nation of a postcode.
pub fn of_postcode(text: &str) -> Option<Nation> {
    if !crate::zones::postcode::is_gb(text) {
        return None;
    }
    let area: String =
        text.trim().chars().take_while(char::is_ascii_alphabetic).map(|c| c.to_ascii_uppercase()).collect();
    match area.as_str() {
        "BT" => Some(Nation::NorthernIreland),
        "AB" | "DD" | "DG" | "EH" | "FK" | "G" | "HS" | "IV" | "KA" | "KW" | "KY" | "ML" | "PA" | "PH"
        | "ZE" => Some(Nation::Scotland),
        // Along the border, and islands with holidays of their own.
        "TD" | "CA" | "GY" | "JE" | "IM" => None,
        _ => Some(Nation::England),
    }
}

/// The nation that an address names in words or by its postcode.
pub fn of_address(text: &str) -> Option<Nation> {
    let lower = text.to_lowercase();
    if lower.contains("scotland") {
        return Some(Nation::Scotland);
    }
    if lower.contains("northern ireland") {
        return Some(Nation::NorthernIreland);
    }
    if lower.contains("england") || lower.contains("wales") {
        return Some(Nation::England);
    }
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c == ',').filter(|w| !w.is_empty()).collect();
    words
        .windows(2)
        .map(|pair| pair.join(" "))
        .chain(words.iter().map(ToString::to_string))
        .filter(|word| {
            word.bytes().any(|b| b.is_ascii_digit()) && word.bytes().any(|b| b.is_ascii_alphabetic())
        })
        .find_map(|word| of_postcode(&word))
}

/// The nation that all that is known agrees on.
pub fn of_person(phone: Option<&Phone>, postcode: Option<&str>, state: Option<&str>) -> Option<Nation> {
    let said = [phone.and_then(of_number), postcode.and_then(of_postcode), state.and_then(of_address)];
    let mut known = said.into_iter().flatten();
    let first = known.next()?;
    known.all(|other| other == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone;

    #[test]
    fn landlines_and_postcodes_tell_and_mobiles_do_not() {
        let of = |number: &str| of_number(&phone::normalise(number, Some("GB")).expect(number));
        for (number, nation) in [
            ("020 7946 0123", Some(Nation::England)),
            ("0161 496 0123", Some(Nation::England)),
            ("029 2018 0123", Some(Nation::England)),
            ("0131 496 0123", Some(Nation::Scotland)),
            ("0141 496 0123", Some(Nation::Scotland)),
            ("028 9018 0123", Some(Nation::NorthernIreland)),
            ("07700 900123", None),
        ] {
            assert_eq!(of(number), nation, "{number}");
        }
        for (code, nation) in [
            ("SW1A 1AA", Some(Nation::England)),
            ("EH1 1AA", Some(Nation::Scotland)),
            ("G1 1AA", Some(Nation::Scotland)),
            ("GL1 1AA", Some(Nation::England)),
            ("BT1 1AA", Some(Nation::NorthernIreland)),
            ("TD15 1AA", None),
        ] {
            assert_eq!(of_postcode(code), nation, "{code}");
        }
        assert_eq!(of_address("1 Elm Street, Edinburgh EH1 1AA"), Some(Nation::Scotland));
        assert_eq!(of_address("1 Elm Street, Springfield"), None);
        let london = phone::normalise("020 7946 0123", None)
            .or_else(|_| phone::normalise("020 7946 0123", Some("GB")))
            .ok();
        assert_eq!(of_person(london.as_ref(), Some("EH1 1AA"), None), None, "they disagree");
    }
}
