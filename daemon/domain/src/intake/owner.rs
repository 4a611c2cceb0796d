//! Whose phone, name or address a column holds: the lead's, or somebody else's.
//!
//! Lives here: the words for other people. Must not live here: which field a column is.
//!
//! A file of leads often carries the numbers of people nobody asked to call: the agent, the
//! referrer, the person to reach in an emergency. Those stay variables.

/// Whether the words of a header name somebody who is surely not the lead.
pub(super) fn is_other(words: &[String]) -> bool {
    let one = |w: &str| {
        matches!(
            w,
            "assistant"
                | "agent"
                | "agents"
                | "referrer"
                | "referer"
                | "referred"
                | "referral"
                | "emergency"
                | "spouse"
                | "husband"
                | "wife"
                | "manager"
                | "supervisor"
                | "coowner"
                | "coborrower"
                | "coapplicant"
                | "kin"
                | "mother"
                | "father"
                | "mum"
                | "mom"
                | "dad"
                | "brother"
                | "sister"
                | "daughter"
                | "son"
                | "child"
                | "relative"
                | "neighbour"
                | "neighbor"
                | "broker"
                | "realtor"
                | "attorney"
                | "lawyer"
                | "solicitor"
                | "rep"
                | "representative"
                | "salesperson"
                | "salesman"
                | "advisor"
                | "adviser"
                | "consultant"
                | "staff"
                | "employee"
                | "employer"
                | "vendor"
                | "supplier"
                | "landlord"
                | "doctor"
                | "physician"
                | "gp"
                | "pharmacy"
                | "dentist"
                | "insurer"
                | "carer"
                | "caregiver"
                | "caretaker"
                | "guarantor"
                | "secretary"
                | "receptionist"
                | "recruiter"
                | "operator"
                | "assignee"
                | "assigned"
                | "createdby"
                | "interviewer"
                | "accountant"
                | "trustee"
                | "executor"
                | "notfall"
                | "notfallkontakt"
                | "betreuer"
                | "ehepartner"
                | "vermittler"
                | "berater"
                | "conjoint"
                | "urgence"
                | "conjuge"
                | "conyuge"
                | "emergencia"
                | "emergenza"
                | "coniuge"
                | "noodgeval"
        )
    };
    let pair = |a: &str, b: &str| {
        matches!(
            (a, b),
            ("co", "owner" | "borrower" | "applicant" | "signer")
                | ("account", "manager" | "owner" | "executive" | "exec")
                | ("lead" | "contact" | "record" | "deal", "owner")
                | ("next", "of")
                | ("created" | "modified" | "submitted" | "referred" | "entered", "by")
                | ("owner", "2" | "3" | "4")
                | ("second" | "other" | "joint", "owner" | "borrower" | "applicant")
                | ("support" | "help", "line" | "phone" | "desk")
                | ("case" | "social", "worker")
        )
    };
    words.iter().any(|w| one(w) || w.strip_suffix('s').is_some_and(one))
        || words.windows(2).any(|w| pair(&w[0], &w[1]))
}

/// Whether the words name somebody who is the lead only where nobody better is named: the user
/// who typed the row, a parent, the partner.
pub(super) fn is_doubtful(words: &[String]) -> bool {
    words.iter().any(|w| {
        matches!(
            w.as_str(),
            "user"
                | "users"
                | "parent"
                | "parents"
                | "guardian"
                | "partner"
                | "sender"
                | "host"
                | "organizer"
                | "organiser"
                | "sales"
                | "seller"
                | "dealer"
                | "store"
                | "branch"
                | "franchise"
                | "location"
                | "clinic"
                | "practice"
                | "school"
                | "hospital"
                | "bank"
                | "from"
                | "caller"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::text::words;
    use super::*;

    #[test]
    fn other_people_are_told_from_the_lead() {
        for header in [
            "Assistant Phone",
            "Agent mobile",
            "Listing Agent Phone",
            "Referrer phone",
            "Referred by phone",
            "Emergency Contact Phone",
            "Emergency number",
            "Spouse Cell",
            "Manager phone",
            "Account Manager Mobile",
            "Co-owner phone",
            "Owner 2 Phone 1",
            "Next of kin tel",
            "Sales rep phone",
            "Doctor's phone",
            "Landlord phone",
            "emergencyContactPhone",
            "Lead owner phone",
            "Notfallkontakt Telefon",
        ] {
            assert!(is_other(&words(header)), "{header}");
        }
        for header in ["User Phone", "Parent phone", "Store phone", "Sender number"] {
            assert!(!is_other(&words(header)) && is_doubtful(&words(header)), "{header}");
        }
        for header in [
            "Phone",
            "Customer Phone",
            "Owner 1 Phone",
            "Owner Phone",
            "Contact Phone",
            "Lead Phone",
            "Home phone",
            "Work phone",
        ] {
            assert!(!is_other(&words(header)) && !is_doubtful(&words(header)), "{header}");
        }
    }
}
