//! Waiting with a deadline for something that another process or task will do.

use std::future::Future;
use std::time::Duration;

/// Longer than anything a healthy machine needs, shorter than a person's patience.
pub const DEADLINE: Duration = Duration::from_secs(240);
/// Pause between two looks. Only how soon a change is seen depends on it, never a result.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Looks until `look` finds something; panics with `what` when it never does.
///
/// # Panics
/// After [`DEADLINE`].
pub async fn until<T, F>(what: &str, mut look: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    let found = tokio::time::timeout(DEADLINE, async {
        loop {
            ticks.tick().await;
            if let Some(found) = look().await {
                return found;
            }
        }
    });
    match found.await {
        Ok(found) => found,
        Err(_) => panic!("waited {} s in vain for {what}", DEADLINE.as_secs()),
    }
}

/// Lets `work` take at most [`DEADLINE`]; a test that hangs then says what it hung on.
///
/// # Panics
/// After [`DEADLINE`].
pub async fn within<T>(what: &str, work: impl Future<Output = T>) -> T {
    match tokio::time::timeout(DEADLINE, work).await {
        Ok(done) => done,
        Err(_) => panic!("{what} did not end within {} s", DEADLINE.as_secs()),
    }
}
