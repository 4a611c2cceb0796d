//! Ids of the events we write, made from the appointment so that a repeated insert is recognised.
//!
//! Google takes `a`–`v` and `0`–`9`, 5 to 1024 of them, and keeps the id of a deleted event taken
//! for ever: an appointment that needs a new event gets a new generation of its id. Must not live
//! here: when a new generation is needed (`write`).

use frontdesk_shared::AppointmentId;

const PREFIX: &str = "fd";
/// Between the appointment and the generation: a letter Google takes and hexadecimal has not.
const GENERATION: char = 'g';
const DIGITS: usize = 16;

/// The id of the `generation`-th event of an appointment, starting with 0.
pub fn event_id(appointment: AppointmentId, generation: u32) -> String {
    format!("{PREFIX}{:0DIGITS$x}{GENERATION}{generation:x}", appointment.0.cast_unsigned())
}

/// The appointment and the generation of an id that [`event_id`] made; `None` for any other, so
/// also for an instance of a series made of one of our events.
pub fn of_event_id(event: &str) -> Option<(AppointmentId, u32)> {
    let (id, generation) = event.strip_prefix(PREFIX)?.split_once(GENERATION)?;
    let appointment = AppointmentId(u64::from_str_radix(id, 16).ok()?.cast_signed());
    let generation = u32::from_str_radix(generation, 16).ok()?;
    // Only the very spelling: other writings of the same numbers are other events.
    (event_id(appointment, generation) == event).then_some((appointment, generation))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn k21_ids_are_made_of_what_google_takes_and_read_back(id: i64, generation: u32) {
            let event = event_id(AppointmentId(id), generation);
            prop_assert!(event.bytes().all(|b| matches!(b, b'a'..=b'v' | b'0'..=b'9')), "{}", event);
            prop_assert!((5..=1024).contains(&event.len()));
            prop_assert_eq!(of_event_id(&event), Some((AppointmentId(id), generation)));
        }

        #[test]
        fn nothing_else_is_read(text in "\\PC*") {
            prop_assert!(of_event_id(&text).is_none());
        }
    }

    #[test]
    fn other_spellings_are_other_events() {
        let event = event_id(AppointmentId(31), 0);
        assert_eq!(event, "fd000000000000001fg0");
        for other in [
            "fd000000000000001Fg0",
            "fd1fg0",
            "fd000000000000001fg00",
            "fd+00000000000001fg0",
            "fd000000000000001fg0_20270401T090000Z",
            "fd000000000000001f",
            "",
        ] {
            assert_eq!(of_event_id(other), None, "{other}");
        }
    }
}
