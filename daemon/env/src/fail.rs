//! Failpoints: places where the crash campaign lets the daemon die, bugs that it and the simulation
//! plant to see that they are found, and the statements that the test of plans looks at.
//!
//! Without the feature `failpoints` everything here is empty and nothing of it is compiled in.
//! Nothing else may live here; above all nothing that the product needs.

#[cfg(not(feature = "failpoints"))]
mod chosen {
    /// A place to die; not in this build.
    #[inline(always)]
    pub fn point(_: &str) {}

    /// A bug planted on purpose; not in this build.
    #[inline(always)]
    pub fn planted(_: &str) -> bool {
        false
    }

    /// A statement that is run; not looked at in this build.
    #[inline(always)]
    pub fn statement(_: &str) {}
}

#[cfg(feature = "failpoints")]
mod chosen {
    use std::cell::{Cell, RefCell};
    use std::collections::BTreeSet;
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// `FRONTDESK_FAIL=NAME:N`: die at the N-th passage of a point.
    static CHOSEN: LazyLock<Option<(String, u32)>> = LazyLock::new(|| {
        let text = std::env::var("FRONTDESK_FAIL").ok()?;
        let (name, passage) = text.split_once(':')?;
        Some((name.to_owned(), passage.parse().ok()?))
    });
    /// `FRONTDESK_PLANT=NAME`: behave wrongly in one way.
    static PLANTED: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("FRONTDESK_PLANT").ok());
    thread_local! {
        /// The same for one thread, so that tests beside it see the product as it is.
        static PLANTED_HERE: Cell<Option<&'static str>> = const { Cell::new(None) };
        /// What was run on this thread since somebody began to look.
        static STATEMENTS: RefCell<Option<BTreeSet<String>>> = const { RefCell::new(None) };
    }
    static PASSED: AtomicU32 = AtomicU32::new(0);

    /// Dies here by SIGKILL when this is the point and the passage that were chosen.
    pub fn point(name: &str) {
        let Some((chosen, passage)) = &*CHOSEN else { return };
        if chosen != name || PASSED.fetch_add(1, Ordering::Relaxed) + 1 != *passage {
            return;
        }
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        // The signal takes the whole process; this thread must not run past the point before.
        loop {
            std::thread::park();
        }
    }

    /// Whether a bug was planted.
    pub fn planted(name: &str) -> bool {
        PLANTED.as_deref() == Some(name) || PLANTED_HERE.get() == Some(name)
    }

    /// A statement that is run.
    pub fn statement(sql: &str) {
        STATEMENTS.with_borrow_mut(|seen| {
            if let Some(seen) = seen
                && !seen.contains(sql)
            {
                seen.insert(sql.to_owned());
            }
        });
    }

    /// Runs `f`, and tells which statements were run on this thread meanwhile.
    pub fn statements<T>(f: impl FnOnce() -> T) -> (T, BTreeSet<String>) {
        STATEMENTS.set(Some(BTreeSet::new()));
        let result = f();
        (result, STATEMENTS.take().unwrap_or_default())
    }

    /// Plants one bug on this thread, or none.
    pub fn plant(name: Option<&'static str>) {
        PLANTED_HERE.set(name);
    }
}

#[cfg(feature = "failpoints")]
pub use chosen::{plant, statements};
pub use chosen::{planted, point, statement};
