//! Bugs planted on purpose, to prove that the simulation would catch them.
//!
//! Compiled in only with the feature `planted`; otherwise every question is answered with a
//! constant no. Switched per thread, so that tests beside it see the product as it is.

/// Whether the bug of this name is planted on this thread.
#[cfg(feature = "planted")]
pub fn is(name: &str) -> bool {
    seam::PLANTED.with(|planted| planted.get() == Some(name))
}

/// Whether the bug of this name is planted: never.
#[cfg(not(feature = "planted"))]
pub const fn is(_name: &str) -> bool {
    false
}

#[cfg(feature = "planted")]
pub use seam::plant;

#[cfg(feature = "planted")]
mod seam {
    use std::cell::Cell;

    thread_local! {
        pub(super) static PLANTED: Cell<Option<&'static str>> = const { Cell::new(None) };
    }

    /// Plants one bug on this thread, or none.
    pub fn plant(name: Option<&'static str>) {
        PLANTED.with(|planted| planted.set(name));
    }
}
