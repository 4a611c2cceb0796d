//! Whole lists: from the end, in other orders, all ids, true counts.

use super::tests::{ask, get, names, seeded};
use super::*;
use crate::Error;
use crate::views::testing::{NOW, Seed, each};
use frontdesk_shared::page::Sort;

#[tokio::test]
async fn a_list_is_read_from_its_end_as_from_its_beginning() {
    each(async |store| {
        seeded(store).await;
        for list in List::ALL.iter().copied().filter(|l| !matches!(l, List::Health | List::Templates)) {
            let whole = names(&get(store, &Query::first(list, 100)).await.rows);
            for size in [1, 2, 3, 100] {
                let mut seen: Vec<String> = Vec::new();
                let mut query = Query { backward: true, ..Query::first(list, size) };
                loop {
                    let page = get(store, &query).await;
                    let mut part = names(&page.rows);
                    part.append(&mut seen);
                    seen = part;
                    query.after = page.prev;
                    if query.after.is_none() {
                        break;
                    }
                }
                assert_eq!(seen, whole, "{list} by {size}");
            }
            let first = get(store, &Query::first(list, 1)).await;
            assert_eq!(first.prev, None, "nothing comes before the first page");
            if let Some(next) = first.next {
                let second = get(store, &Query { after: Some(next), ..Query::first(list, 1) }).await;
                let back = Query { after: second.prev.clone(), backward: true, ..Query::first(list, 1) };
                assert_eq!(names(&get(store, &back).await.rows), whole[..1], "{list}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn every_order_holds_over_all_pages_both_ways() {
    each(async |store| {
        seeded(store).await;
        for list in List::ALL.iter().copied() {
            let Some(spec) = crate::views::lists::of(list, store.engine()) else { continue };
            let mut own = names(&get(store, &Query::first(list, 100)).await.rows);
            own.sort();
            for order in spec.sorts {
                let sort = |descending| Some(Sort { by: order.name.to_owned(), descending });
                let up = Query { sort: sort(false), ..Query::first(list, 100) };
                let up = names(&get(store, &up).await.rows);
                let mut down: Vec<String> = Vec::new();
                let mut query = Query { sort: sort(true), ..Query::first(list, 2) };
                loop {
                    let page = get(store, &query).await;
                    down.extend(names(&page.rows));
                    query.after = page.next;
                    if query.after.is_none() {
                        break;
                    }
                }
                down.reverse();
                assert_eq!(up, down, "{list} by {}", order.name);
                let mut all = up;
                all.sort();
                assert_eq!(all, own, "{list} by {}", order.name);
            }
        }
        let score =
            Query { sort: Some(Sort { by: "due".into(), descending: true }), ..Query::first(List::Jobs, 3) };
        assert_eq!(names(&get(store, &score).await.rows)[0], "3");
        let unknown = Query { sort: Some(Sort { by: "shoe".into(), descending: false }), ..score.clone() };
        let place = get(store, &score).await.next;
        let other = Query { after: place, ..Query::first(List::Jobs, 3) };
        for bad in [unknown, other] {
            let refused = store.read(move |tx| page(tx, &bad, NOW, true)).await;
            assert!(matches!(refused, Err(Error::Refused(_))));
        }
    })
    .await;
}

#[tokio::test]
async fn ids_are_those_of_every_row_that_matches() {
    each(async |store| {
        seeded(store).await;
        store
            .read(|tx| {
                for list in List::ALL.iter().copied().filter(|l| !matches!(l, List::Health | List::Templates))
                {
                    let query = Query::first(list, 1);
                    match crate::views::lists::of(list, tx.engine()).and_then(|spec| spec.marks) {
                        Some(_) => {
                            let found = ids(tx, &query, NOW, true)?;
                            let rows = page(tx, &Query::first(list, 100), NOW, true)?.rows;
                            let rows = serde_json::to_value(&rows).unwrap();
                            let field = if list == List::Clients { "key" } else { "id" };
                            let wanted: Vec<&str> = rows["rows"]
                                .as_array()
                                .unwrap()
                                .iter()
                                .map(|row| row[field].as_str().unwrap())
                                .collect();
                            assert_eq!(found.ids, wanted, "{list}");
                            assert_eq!(found.matching, wanted.len() as u64);
                        }
                        None => assert!(ids(tx, &query, NOW, true).is_err(), "{list}"),
                    }
                }
                assert_eq!(ids(tx, &ask(List::Leads, "status:queued", None, 1), NOW, true)?.ids.len(), 1);
                assert!(ids(tx, &ask(List::Leads, "status:hedl", None, 1), NOW, true).is_err());
                Ok(())
            })
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn counts_are_true_however_many_there_are() {
    each(async |store| {
        store
            .write(|tx| {
                tx.client(1, "acme")?;
                for n in 0..COUNTED.cast_signed() + 5 {
                    tx.audit(n + 1, 1, if n % 2 == 0 { "even" } else { "odd" }, "x")?;
                }
                let query = Query::first(List::Audit, 1);
                let capped = page(tx, &query, NOW, true)?;
                assert_eq!((capped.total, capped.exact), (COUNTED, false));
                let exact = page(tx, &Query { exact: true, ..query }, NOW, true)?;
                assert_eq!((exact.total, exact.matching, exact.exact), (COUNTED + 5, COUNTED + 5, true));
                let half = Query { exact: true, ..ask(List::Audit, "action:odd", None, 1) };
                assert_eq!(page(tx, &half, NOW, true)?.matching, COUNTED / 2 + 2);
                Ok(())
            })
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_pause_says_whose_and_by_whom() {
    each(async |store| {
        store
            .write(|tx| {
                tx.client(1, "acme")?;
                let mut query = Query::first(List::Leads, 1);
                assert_eq!(page(tx, &query, NOW, true)?.badges.pauses, []);
                tx.pause("lunch")?;
                crate::meta::note_pause(tx, ClientId(0), Some(("sam", Millis(7))))?;
                tx.execute("UPDATE client SET status = 'paused', paused_reason = 'holiday'", &[])?;
                let all = page(tx, &query, NOW, true)?.badges;
                assert!(all.paused);
                let whole = &all.pauses[0];
                assert_eq!(
                    (whole.client.as_deref(), whole.by.as_str(), whole.at, whole.reason.as_str()),
                    (None, "sam", Some(Millis(7)), "lunch")
                );
                assert_eq!(all.pauses.len(), 1);
                query.client = Some("acme".into());
                let one = page(tx, &query, NOW, true)?.badges.pauses;
                assert_eq!(one.len(), 2);
                assert_eq!((one[1].client.as_deref(), one[1].at), (Some("acme"), None));
                Ok(())
            })
            .await
            .unwrap();
    })
    .await;
}
