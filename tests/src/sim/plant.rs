//! The bugs that can be planted in the product, one for each promise the simulation watches.

/// A bug and the property that must catch it.
#[derive(Clone, Copy, Debug)]
pub struct Plant {
    /// Its name in the product and on the command line.
    pub name: &'static str,
    /// What it does.
    pub does: &'static str,
    /// A part of the sentence of the property that catches it.
    pub caught_by: &'static str,
}

/// Every bug there is.
pub const PLANTS: &[Plant] = &[
    Plant {
        name: "ignore-opt-out",
        does: "an opt-out is confirmed and not recorded",
        caught_by: "opted out",
    },
    Plant {
        name: "lower-final",
        does: "a late status of a call overwrites its final one",
        caught_by: "went back",
    },
    Plant {
        name: "forget-contact",
        does: "a call does not count in the budget of its person",
        caught_by: "budget",
    },
    Plant { name: "silent-hold", does: "a lead is held and nobody is told why", caught_by: "held without" },
    Plant {
        name: "forget-confirmation",
        does: "a booking is made and its event, which confirms it, is not written",
        caught_by: "confirmation",
    },
    Plant { name: "resend-message", does: "a message of unknown fate is sent again", caught_by: "left" },
    Plant {
        name: "forget-reminders",
        does: "what reminds of a cancelled appointment is not taken back",
        caught_by: "its appointment has changed",
    },
    Plant {
        name: "write-after-opt-out",
        does: "messages go on after an opt-out",
        caught_by: "opted out and is written to",
    },
    Plant {
        name: "lower-message",
        does: "a late report about a message overwrites its final one",
        caught_by: "went back",
    },
    Plant {
        name: "double-book",
        does: "a slot that somebody has is given to another",
        caught_by: "appointment.client_id",
    },
];

/// Plants a bug on this thread, or none.
///
/// # Panics
/// When a bug is asked for and the product was built without the seam for it.
pub fn plant(name: Option<&'static str>) {
    #[cfg(feature = "failpoints")]
    frontdesk_env::fail::plant(name);
    #[cfg(not(feature = "failpoints"))]
    assert!(name.is_none(), "built without the feature `failpoints`: no bug can be planted");
}
