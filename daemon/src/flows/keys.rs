//! API keys: made, listed, exchanged with an overlap, taken back. Every change is audited, and
//! told to whoever listens with the key in question.

use super::Ctx;
use super::clients::{Asker, FreshKey, audited};
use frontdesk_shared::event::kind;
use frontdesk_shared::time::{DAY, HOUR};
use frontdesk_shared::{ClientId, Millis, RowId};
use frontdesk_store::clients::{self, HOUSE};
use frontdesk_store::keys::{self, Key};
use frontdesk_store::{Refusal, Result, Tx};

/// Keys of one owner that may stand at once.
const MOST: usize = 50;
/// Characters of a label.
const LABEL: usize = 100;
/// The longest a key may be made for, and an exchanged one may go on.
const LONGEST_MS: i64 = 3_660 * DAY;
/// How long an exchanged key goes on where nothing else is said.
pub const OVERLAP_MS: i64 = 24 * HOUR;

/// Whose keys: a client's by its short key, or the administrators'.
fn owner(tx: &mut Tx<'_>, client: Option<&str>) -> Result<(ClientId, String)> {
    match client {
        Some(key) => Ok((clients::need(tx, key)?.id, key.to_owned())),
        None => Ok((HOUSE, "administrator".to_owned())),
    }
}

/// The keys of an owner, the newest first.
///
/// # Errors
/// `not_found` for an unknown client.
pub fn list(tx: &mut Tx<'_>, client: Option<&str>) -> Result<Vec<Key>> {
    let (id, _) = owner(tx, client)?;
    keys::of_client(tx, id)
}

/// Makes a key. `text` is made beforehand, because a transaction may run twice.
///
/// # Errors
/// `not_found` for an unknown client, `invalid` for a label or an end that cannot be, `conflict`
/// where enough keys stand already.
pub fn make(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    client: Option<&str>,
    fresh: &FreshKey,
    (label, lasts_ms): (&str, Option<i64>),
    asker: Asker<'_>,
) -> Result<Key> {
    let (id, whose) = owner(tx, client)?;
    let now = ctx.now();
    if label.is_empty() || label.chars().count() > LABEL || label.chars().any(char::is_control) {
        return Err(
            Refusal::invalid("label", format!("1 to {LABEL} characters say what the key is for")).into()
        );
    }
    if lasts_ms.is_some_and(|ms| !(1..=LONGEST_MS).contains(&ms)) {
        return Err(Refusal::invalid("expires_in_s", "from now to ten years").into());
    }
    if keys::of_client(tx, id)?.iter().filter(|key| key.stands(now)).count() >= MOST {
        return Err(Refusal::conflict(format!("{MOST} keys stand already: revoke one first")).into());
    }
    let expires_at = lasts_ms.map(|ms| now + ms);
    let key = added(tx, ctx, id, fresh, label, expires_at)?;
    let end = expires_at.map_or_else(String::new, |at| format!(", until {}", at.iso()));
    audited(tx, ctx, asker, "create_key", &whose, id, &format!("key {} for {whose}: {label}{end}", key.id))?;
    tell(tx, ctx, (id, &whose), asker, &format!("a key was made: {label}"))?;
    Ok(key)
}

fn added(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    client: ClientId,
    fresh: &FreshKey,
    label: &str,
    expires_at: Option<Millis>,
) -> Result<Key> {
    let key = Key {
        id: RowId(ctx.env.id()),
        client,
        label: label.to_owned(),
        created_at: ctx.now(),
        last_used_at: None,
        expires_at,
        revoked_at: None,
    };
    keys::insert(tx, &key, &fresh.hash)?;
    Ok(key)
}

/// A key of this owner that still stands.
fn standing(tx: &mut Tx<'_>, ctx: &Ctx, owner: ClientId, id: RowId) -> Result<Key> {
    let key = keys::need(tx, id)?;
    if key.client != owner {
        return Err(Refusal::not_found(format!("there is no key {id}")).into());
    }
    if !key.stands(ctx.now()) {
        return Err(Refusal::conflict(format!("key {id} does not hold any more")).into());
    }
    Ok(key)
}

/// Exchanges a key for a new one with the same label; the old one goes on for `overlap_ms`.
///
/// # Errors
/// `not_found` for a key that is not this owner's, `conflict` for one that does not stand,
/// `invalid` for an overlap that cannot be.
pub fn rotate(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    client: Option<&str>,
    id: RowId,
    fresh: &FreshKey,
    overlap_ms: i64,
    asker: Asker<'_>,
) -> Result<Key> {
    let (owner, whose) = owner(tx, client)?;
    let old = standing(tx, ctx, owner, id)?;
    if !(0..=LONGEST_MS).contains(&overlap_ms) {
        return Err(Refusal::invalid("overlap_s", "from 0 to ten years").into());
    }
    let now = ctx.now();
    let ends = old.expires_at.map_or(now + overlap_ms, |at| at.min(now + overlap_ms));
    // A key that was made for a year is followed by one for a year.
    let lasts = old.expires_at.map(|at| at.since(old.created_at));
    if overlap_ms == 0 {
        keys::revoke(tx, id, now)?;
    } else {
        keys::ends(tx, id, ends)?;
    }
    let key = added(tx, ctx, owner, fresh, &old.label, lasts.map(|ms| now + ms))?;
    let text = format!("key {id} exchanged for {}; the old one holds until {}", key.id, ends.iso());
    audited(tx, ctx, asker, "rotate_key", &whose, owner, &text)?;
    tell(tx, ctx, (owner, &whose), asker, &text)?;
    Ok(key)
}

/// Takes a key back: it opens nothing from now on, and streams that it opened end.
///
/// # Errors
/// `not_found` for a key that is not this owner's, `conflict` for one that does not stand.
pub fn revoke(tx: &mut Tx<'_>, ctx: &Ctx, client: Option<&str>, id: RowId, asker: Asker<'_>) -> Result<Key> {
    let (owner, whose) = owner(tx, client)?;
    let key = standing(tx, ctx, owner, id)?;
    let now = ctx.now();
    keys::revoke(tx, id, now)?;
    let text = format!("key {id} of {whose} revoked: {}", key.label);
    audited(tx, ctx, asker, "revoke_key", &whose, owner, &text)?;
    tell(tx, ctx, (owner, &whose), asker, &text)?;
    Ok(Key { revoked_at: Some(now), ..key })
}

fn tell(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    (owner, whose): (ClientId, &str),
    asker: Asker<'_>,
    text: &str,
) -> Result<()> {
    let (kind, subject) = if owner == HOUSE {
        (kind::HOUSE_CHANGED, ("house", ""))
    } else {
        (kind::CLIENT_CHANGED, ("client", whose))
    };
    ctx.event(tx, kind, owner, None, subject, asker.actor, text, serde_json::json!({}))
}
