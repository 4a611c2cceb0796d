//! Texts taken and under way: their statuses, and what people answer.

use super::config::Vendor;
use super::courier::{Courier, Parcel};
use super::course::Course;
use super::people::{Answer, Keyword};
use super::rules::{ApiError, Order, held_against};
use super::state::{Busy, Shared};
use super::text::Text;
use crate::random::Random;
use std::sync::Arc;

/// Takes a text into the books and sends it on its way; its number in the books.
pub(super) fn outbound(shared: &Arc<Shared>, account: usize, order: Order) -> Result<u64, ApiError> {
    let vendor = shared.account(account).map_or(Vendor::Twilio, |a| a.vendor);
    let (text, nth) = shared.change(|state| {
        let forced = state.forced.get(&order.to).copied();
        let of_digits = || Course::of_digits(&order.to).filter(|_| shared.config.digits_choose);
        let course = forced.or_else(of_digits).unwrap_or(Course::Delivers);
        if let Some(error) = held_against(state, account, &order, course) {
            return Err(error);
        }
        let now_ms = state.now_ms(shared.clock);
        let status = match vendor {
            Vendor::Twilio if order.service.is_some() => "accepted",
            _ => "queued",
        };
        let text = Text {
            seq: state.next_seq(),
            sid: state.new_sid(vendor),
            account,
            inbound: false,
            from: order.from,
            to: order.to,
            service: order.service,
            body: order.body,
            media: order.media,
            status,
            error_code: None,
            created_ms: now_ms,
            updated_ms: now_ms,
            sent_ms: None,
            status_callback: order.status_callback,
            validity_ms: order.validity_ms,
            course,
            history: vec![(status, None)],
            told: 0,
        };
        state.counters.taken += 1;
        state.enter(text.clone(), shared.config.keep);
        if state.texted.len() >= shared.config.keep {
            state.texted.clear();
        }
        let nth = state.texted.entry(text.to.clone()).or_default();
        *nth += 1;
        Ok((text, *nth))
    })?;
    let seq = text.seq;
    let (shared, busy) = (Arc::clone(shared), Busy::new(shared));
    tokio::spawn(async move {
        tokio::select! {
            () = travel(&shared, &text, vendor) => answer(&shared, &text, nth).await,
            () = shared.shutdown.cancelled() => {}
        }
        drop(busy);
    });
    Ok(seq)
}

/// Passes through the text's statuses and tells of each. Of the first nobody is told.
async fn travel(shared: &Arc<Shared>, text: &Text, vendor: Vendor) {
    let mut courier = Courier::new(shared, &text.sid);
    let mut at_ms = 0;
    for step in text.course.steps(vendor, text.service.is_some(), text.validity_ms) {
        shared.clock.script(step.at_ms.saturating_sub(at_ms)).await;
        at_ms = step.at_ms;
        let parcel = shared.change(|state| {
            let now_ms = state.now_ms(shared.clock);
            let text = state.texts.get_mut(&text.seq)?;
            text.set(step.word, step.code, now_ms);
            let url = text.status_callback.clone()?;
            let fields = text.fields(shared.account(text.account)?, step.word, step.code);
            Some(Parcel { seq: text.seq, account: text.account, url, fields, is_inbound: false })
        });
        if let Some(parcel) = parcel {
            courier.tell(parcel).await;
        }
    }
    courier.finish().await;
}

/// What the person does with it; the same for the same seed, number and count.
async fn answer(shared: &Arc<Shared>, text: &Text, nth: u32) {
    let mut random = Random::of(shared.config.seed, &format!("answer {} {nth}", text.to));
    let words = Answer::draw(&shared.config.answers, &mut random).words();
    let Some(words) = words.filter(|_| text.course.arrives()) else { return };
    shared.clock.script(random.between(8_000, 60_000)).await;
    inbound(shared, &text.to, &text.from, words, 0);
}

/// Somebody texts a number of ours; the id of the text, `None` when nobody here has that number.
pub(super) fn inbound(shared: &Arc<Shared>, from: &str, to: &str, body: &str, media: u32) -> Option<String> {
    let index = shared.owner_of(to)?;
    let account = shared.account(index)?;
    // Only Twilio reads along.
    let keyword = Keyword::of(body).filter(|_| account.vendor == Vendor::Twilio);
    let (sid, parcel) = shared.change(|state| {
        let now_ms = state.now_ms(shared.clock);
        let text = Text {
            seq: state.next_seq(),
            sid: state.new_sid(account.vendor),
            account: index,
            inbound: true,
            from: from.to_owned(),
            to: to.to_owned(),
            service: shared.config.advanced_opt_out.then(|| account.service.clone()),
            body: body.to_owned(),
            media,
            status: "received",
            error_code: None,
            created_ms: now_ms,
            updated_ms: now_ms,
            sent_ms: Some(now_ms),
            status_callback: None,
            validity_ms: 0,
            course: Course::Delivers,
            history: vec![("received", None)],
            told: 0,
        };
        state.counters.inbound += 1;
        for sender in [to, account.service.as_str()] {
            let block = (index, from.to_owned(), sender.to_owned());
            match keyword {
                Some(Keyword::Stop) => state.blocked.insert(block),
                Some(Keyword::Start) => state.blocked.remove(&block),
                _ => continue,
            };
        }
        state.counters.answered_by_carrier += u64::from(keyword.is_some());
        let mut fields = text.fields(account, "received", None);
        if let Some(keyword) = keyword.filter(|_| shared.config.advanced_opt_out) {
            fields.push(("OptOutType".to_owned(), keyword.word().to_owned()));
        }
        let url = state.sms_urls.get(to).cloned().filter(|url| !url.is_empty());
        let (sid, seq) = (text.sid.clone(), text.seq);
        state.enter(text, shared.config.keep);
        (sid, url.map(|url| Parcel { seq, account: index, url, fields, is_inbound: true }))
    });
    if let Some(parcel) = parcel {
        let (shared, busy) = (Arc::clone(shared), Busy::new(shared));
        let mut courier = Courier::new(&shared, &sid);
        tokio::spawn(async move {
            courier.tell(parcel).await;
            drop(busy);
        });
    }
    Some(sid)
}
