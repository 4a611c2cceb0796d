//! Preset for PropStream's export of property owners.
//!
//! Lives here: recognising the export and the columns whose plain meaning would mislead. Must
//! not live here: anything a generic header already says (`Phone 1`, `Phone 1 DNC`, `Email 1`,
//! `Litigator`).
//!
//! The export describes a property and its owner. The person to be called lives at the mailing
//! address, so that is where their state and ZIP come from; the property's stay variables.

use super::fields::Field;
use super::text::compact;

/// The export covers United States property only.
pub(super) const COUNTRY: &str = "US";

/// Headers of which several together are found in no other export.
const MARKS: [&str; 9] = [
    "apn",
    "owner1firstname",
    "owner1lastname",
    "owneroccupied",
    "donotmail",
    "litigator",
    "estloantovalue",
    "estequity",
    "foreclosurefactor",
];

/// Whether a header row is PropStream's.
pub(super) fn recognise(header: &[String]) -> bool {
    let found = header.iter().filter(|h| MARKS.contains(&compact(h).as_str())).count();
    found >= 4
}

/// The field of a column whose guess would be wrong here.
pub(super) fn field(header: &str) -> Option<Field> {
    Some(match compact(header).as_str() {
        "mailingstate" => Field::State,
        "mailingzip" => Field::Postcode,
        "state" | "zip" | "country" | "county" | "propertystate" | "propertyzip" => Field::Variable,
        "propertyid" => Field::ExternalId,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::header::Columns;
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn the_owner_is_described_not_the_property() {
        let header = "Address,Unit #,City,State,Zip,County,APN,Property Type,Owner 1 First Name,Owner 1 Last Name,\
                      Owner 2 First Name,Mailing Address,Mailing State,Mailing Zip,Owner Occupied,Do Not Mail,Phone 1,\
                      Phone 1 Type,Phone 1 DNC,Phone 2,Phone 2 DNC,Email 1,Email 2,Litigator,Est. Value";
        let first: Vec<String> = header.split(',').map(|h| h.trim().to_string()).collect();
        let columns = Columns::find(&[first], &BTreeMap::new(), None).expect("columns");
        let of =
            |name: &str| columns.list.iter().find(|c| c.header == name).map(|c| (c.field, c.key.clone()));
        let variable = |key: &str| Some((Field::Variable, key.to_string()));
        assert_eq!(columns.country, Some("US"));
        assert_eq!(of("State"), variable("state"));
        assert_eq!(of("Mailing State"), Some((Field::State, "state".into())));
        assert_eq!(of("Mailing Zip"), Some((Field::Postcode, "postcode".into())));
        assert_eq!(of("Owner 1 First Name"), Some((Field::FirstName, "first_name".into())));
        assert_eq!(of("Owner 2 First Name"), variable("owner_2_first_name"));
        assert_eq!(of("Litigator").map(|f| f.0), Some(Field::DoNotCall));
        assert_eq!(of("Email 2"), variable("email_2"));
        assert_eq!(of("Est. Value"), variable("est_value"));
        let phone = columns.list.iter().find(|c| c.header == "Phone 2").expect("column");
        let marks: Vec<_> = phone.marks.iter().map(|i| columns.list[*i].header.as_str()).collect();
        assert_eq!(marks, ["Phone 2 DNC"]);
    }

    #[test]
    fn other_files_are_not_taken_for_it() {
        let header: Vec<String> = ["phone", "state", "APN", "litigator"].map(String::from).to_vec();
        assert!(!recognise(&header));
    }
}
