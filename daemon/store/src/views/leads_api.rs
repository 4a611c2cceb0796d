//! Leads of one client as the HTTP API pages through them: the list's own rows and cursor.

use super::lists::leads;
use super::mask::Mask;
use super::page::Asked;
use crate::{Result, Tx};
use frontdesk_shared::lead::LeadRow;
use frontdesk_shared::page::{List, Query};
use frontdesk_shared::{ClientId, Millis};
use serde::Serialize;

/// One page of leads.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeadsPage {
    /// Newest first.
    pub leads: Vec<LeadRow>,
    /// Give this as `after` for the next page; `None` on the last.
    pub next: Option<String>,
}

/// A page of a client's leads. The client is an argument and not part of the filter, so that a
/// key reads its own client's leads whatever it asks for.
///
/// # Errors
/// A refusal for a filter or `after` that makes no sense; otherwise as the store fails.
pub fn leads(
    tx: &mut Tx<'_>,
    client: ClientId,
    filter: &str,
    after: Option<&str>,
    limit: u32,
    now: Millis,
) -> Result<LeadsPage> {
    let mut query = Query::first(List::Leads, limit);
    filter.clone_into(&mut query.filter);
    query.after = after.map(str::to_owned);
    let asked = Asked::new(&leads::SPEC, &query, Some(client), now, true)?;
    let (leads, ends) = asked.fetch(tx, |r| leads::row(r, Mask { open: true }))?;
    Ok(LeadsPage { leads, next: ends.next })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::testing::{Seed, each};

    #[tokio::test]
    async fn a_client_pages_through_its_own_leads_only() {
        each(async |store| {
            store
                .write(|tx| {
                    tx.client(1, "acme")?;
                    tx.client(2, "bolt")?;
                    for n in 1..=9 {
                        tx.lead(n, 1 + n % 2, &format!("+4477009000{n:02}"), "queued", "")?;
                    }
                    let mut seen = Vec::new();
                    let mut after: Option<String> = None;
                    loop {
                        let page = leads(tx, ClientId(2), "", after.as_deref(), 2, Millis(0))?;
                        seen.extend(page.leads.iter().map(|l| l.id.0));
                        after = page.next;
                        if after.is_none() {
                            break;
                        }
                    }
                    assert_eq!(seen, [9, 7, 5, 3, 1]);
                    let none = leads(tx, ClientId(2), "client:acme", None, 2, Millis(0))?;
                    assert!(none.leads.is_empty(), "a filter does not reach other clients");
                    Ok(())
                })
                .await
                .unwrap();
        })
        .await;
    }
}
