//! A client's share of the store's readers: one question of a kind that can take long at a time.

use super::auth::Caller;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Clients remembered before those who ask nothing are forgotten.
const REMEMBERED: usize = 1_000;

/// Whose turn it is.
#[derive(Debug, Default)]
pub(crate) struct Shares(Mutex<HashMap<i64, Arc<Semaphore>>>);

impl Shares {
    /// Resolves when the caller's client may ask. The house's own people have no share.
    pub(super) async fn turn(&self, caller: &Caller) -> Option<OwnedSemaphorePermit> {
        let client = caller.client_id();
        if client == 0 {
            return None;
        }
        let share = {
            let mut shares = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if shares.len() >= REMEMBERED {
                shares.retain(|_, share| Arc::strong_count(share) > 1);
            }
            shares.entry(client).or_insert_with(|| Arc::new(Semaphore::new(1))).clone()
        };
        share.acquire_owned().await.ok()
    }
}
