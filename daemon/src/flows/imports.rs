//! Imports: a batch of drafts becomes leads, verdicts and jobs in one transaction, together
//! with how far the file was read.

mod consents;
mod person;
mod refusals;

use super::Ctx;
use super::clients::{Asker, audited};
use super::planning::{self, Facts, Plan, Wish};
use consents::{consent, statement};
use frontdesk_domain::attempts::{PRIORITY_BULK_LEAD, PRIORITY_NEW_LEAD};
use frontdesk_domain::duplicates::{self, Window};
use frontdesk_domain::gate::NUMBER;
use frontdesk_domain::intake::{ConsentDraft, LeadDraft, mask};
use frontdesk_domain::lead::mail_identity;
use frontdesk_domain::phone::{Phone, PhoneError};
use frontdesk_domain::screening::Screening;
use frontdesk_shared::contact::Channel;
use frontdesk_shared::event::kind;
use frontdesk_shared::explain::Answer;
use frontdesk_shared::import::{ImportStatus, Reject};
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::{Millis, RowId};
use frontdesk_store::clients::Client;
use frontdesk_store::imports::{self, Import, REJECTS_KEPT};
use frontdesk_store::leads::{self, Lead, NewConsent};
use frontdesk_store::{Error, Result, Tx, meta};
use person::{anew, complete, contacted_before, new_lead, say_why_number};
use std::collections::{HashMap, HashSet};

/// Longest note of an import in bytes.
const MAX_NOTE: usize = 2_000;
/// Channels refused, and in which words.
type Against = (Vec<Channel>, String);
/// Leads in one file up to which they count as single new leads and go before bulk.
const FEW: u64 = 20;

/// A row with its number looked at.
#[derive(Clone, Debug)]
pub enum Judged {
    /// A usable draft.
    Draft(Box<LeadDraft>, std::result::Result<Phone, PhoneError>),
    /// The same number stood further up in the file.
    Repeated {
        /// This row.
        row: u64,
        /// The row that had it first.
        first: u64,
    },
    /// Refused while it was read.
    Refused(Vec<Reject>),
}

/// A piece of a file, judged as far as that is possible without the store.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Its rows.
    pub rows: Vec<Judged>,
    /// Bytes of the file read so far.
    pub bytes_done: u64,
    /// The row to go on with.
    pub next_row: u64,
    /// How the columns are read.
    pub columns: Vec<(String, String)>,
    /// What a person should know about the file.
    pub notes: Vec<String>,
    /// Whether the file ends here.
    pub last: bool,
    /// Whether the file holds more than a few rows, as far as its size tells.
    pub bulk: bool,
}

/// What one row came to.
enum Verdict {
    Accepted,
    /// What the person's lead waits for.
    Held(String),
    Duplicate(String),
    OptedOut,
}

/// Commits a batch: leads, consents, verdicts, jobs, refused rows and the import's progress.
///
/// # Errors
/// As the statements fail; nothing of the batch stays then.
pub fn commit(tx: &mut Tx<'_>, ctx: &Ctx, client: &Client, import: &Import, batch: &Batch) -> Result<Import> {
    let mut import = imports::need(tx, import.id)?;
    let read = import.next_row.cmp(&batch.next_row);
    // The end of a file may come alone, behind rows that are all committed.
    let known = read.is_gt() || (read.is_eq() && !batch.rows.is_empty());
    if import.status != ImportStatus::Running || known {
        // A batch that was already committed by a run that did not hear of it.
        return Ok(import);
    }
    let now = ctx.now();
    let paused = meta::get(tx, meta::DIALING_PAUSED)?;
    let numbers: Vec<String> = batch.rows.iter().filter_map(identity_of).collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    // A refusal counts whatever row it stands in: all of the batch are recorded before any row of it
    // is taken in, and before its people are looked up.
    let mails: Vec<String> = batch.rows.iter().filter_map(mail_of).collect();
    let addresses: Vec<&str> = numbers.iter().copied().chain(mails.iter().map(String::as_str)).collect();
    let suppressed = refusals::record(tx, ctx, client, &import, batch, &addresses)?;
    let mut shared = Shared {
        paused,
        bulk: batch.bulk,
        known: leads::by_identities(tx, client.id, &numbers)?,
        suppressed,
        screenings: planning::screenings(tx, ctx, client, &numbers)?,
        without_consent: refusals::of_consent(batch),
        statements: HashMap::new(),
        new: New::default(),
    };
    for judged in &batch.rows {
        import.counts.rows += 1;
        match judged {
            Judged::Refused(rejects) => {
                import.counts.invalid += 1;
                keep(tx, &import, rejects)?;
            }
            Judged::Repeated { row, first } => {
                import.counts.valid += 1;
                import.counts.duplicates += 1;
                keep(tx, &import, &[reject(*row, "phone", format!("the same number as in row {first}"))])?;
            }
            Judged::Draft(draft, number) => {
                row(tx, ctx, client, &mut import, draft, number, &mut shared)?;
            }
        }
    }
    shared.new.write(tx, client, now)?;
    import.bytes_done = batch.bytes_done;
    import.next_row = batch.next_row;
    import.columns.clone_from(&batch.columns);
    for note in &batch.notes {
        add_note(&mut import, note);
    }
    import.updated_at = now;
    if batch.last {
        import.status = ImportStatus::Done;
        import.finished_at = Some(now);
        if import.counts.rows == 0 {
            add_note(&mut import, "there is no row in it, so nothing was imported");
        }
    }
    imports::update(tx, &import)?;
    tell(tx, ctx, &import)?;
    Ok(import)
}

fn add_note(import: &mut Import, note: &str) {
    if import.note.len() + note.len() > MAX_NOTE || import.note.contains(note) {
        return;
    }
    if !import.note.is_empty() {
        import.note.push_str("; ");
    }
    import.note.push_str(note);
}

/// Keeps in the audit who brought a file.
///
/// # Errors
/// As the statement fails.
pub fn brought(tx: &mut Tx<'_>, ctx: &Ctx, import: &Import, asker: Asker<'_>) -> Result<()> {
    let text = format!("{}, {} bytes", import.spec.label, import.bytes);
    audited(tx, ctx, asker, "import_leads", &import.id.to_string(), import.client, &text)
}

/// What rows of one batch share: looked up once, forgotten with the transaction.
struct Shared {
    paused: Option<String>,
    bulk: bool,
    known: HashMap<String, Lead>,
    suppressed: HashSet<String>,
    /// What do-not-call lists say of the batch's numbers, where they decide.
    screenings: HashMap<String, Vec<Screening>>,
    /// Channels that any row of the batch refuses for an identity, and in which words.
    without_consent: HashMap<String, (Vec<Channel>, String)>,
    statements: HashMap<String, RowId>,
    new: New,
}

/// People of one batch nobody knew, written together.
#[derive(Default)]
struct New {
    leads: Vec<Lead>,
    /// What they refuse, as consents that are taken back at once.
    refused: Vec<NewConsent>,
    consents: Vec<NewConsent>,
    plans: Vec<Plan>,
}

impl New {
    fn write(&mut self, tx: &mut Tx<'_>, client: &Client, now: Millis) -> Result<()> {
        let new = std::mem::take(self);
        // Another daemon took the same person in at this moment: look again, and find them.
        leads::insert(tx, &new.leads)
            .map_err(|e| if let Error::Conflict(e) = e { Error::Retry(e) } else { e })?;
        refusals::take_back(tx, client, &new.refused, now)?;
        leads::insert_consents(tx, client.id, &new.consents, now)?;
        planning::write(tx, new.plans, now)
    }
}

/// Who a row is about, for rows that may become leads.
fn identity_of(row: &Judged) -> Option<String> {
    match row {
        Judged::Draft(draft, Ok(phone)) => Some(identity(draft, Some(phone))),
        Judged::Draft(draft, Err(problem)) if problem.is_ambiguous() => Some(identity(draft, None)),
        _ => None,
    }
}

/// The mail address of a row that may become a lead.
fn mail_of(row: &Judged) -> Option<String> {
    match row {
        Judged::Draft(draft, _) => draft.email.as_deref().and_then(mail_identity),
        _ => None,
    }
}

fn identity(draft: &LeadDraft, phone: Option<&Phone>) -> String {
    phone.map_or_else(|| raw_identity(&draft.raw_phone), |p| p.e164().to_owned())
}

fn row(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    client: &Client,
    import: &mut Import,
    draft: &LeadDraft,
    number: &std::result::Result<Phone, PhoneError>,
    shared: &mut Shared,
) -> Result<()> {
    let counts = &mut import.counts;
    if !draft.unusable.is_empty() {
        counts.invalid += 1;
        return keep(tx, import, &draft.unusable);
    }
    if let Err(problem) = number
        && !problem.is_ambiguous()
    {
        counts.invalid += 1;
        let reason = format!("“{}”: {problem}; {}", mask(&draft.raw_phone), problem.help());
        return keep(tx, import, &[reject(draft.row, "phone", reason)]);
    }
    counts.valid += 1;
    if !draft.warnings.is_empty() {
        counts.warnings += 1;
        if counts.warnings <= REJECTS_KEPT {
            let warning = reject(draft.row, "row", draft.warnings.join("; "));
            imports::insert_reject(tx, import.id, &warning, true)?;
        }
    }
    let verdict = accept(tx, ctx, client, import, draft, number, shared)?;
    let counts = &mut import.counts;
    match verdict {
        Verdict::Accepted => counts.accepted += 1,
        Verdict::Held(why) => {
            counts.held += 1;
            if counts.held <= REJECTS_KEPT {
                let told = reject(draft.row, "lead", format!("held: {why}"));
                imports::insert_reject(tx, import.id, &told, true)?;
            }
        }
        Verdict::OptedOut => {
            counts.opted_out += 1;
            let reason = match draft.refusals.first() {
                Some(refusal) => format!("{}: not to be called, and recorded", refusal.why),
                None => "this person opted out".into(),
            };
            keep(tx, import, &[reject(draft.row, "phone", reason)])?;
        }
        Verdict::Duplicate(why) => {
            counts.duplicates += 1;
            keep(tx, import, &[reject(draft.row, "phone", why)])?;
        }
    }
    Ok(())
}

fn accept(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    client: &Client,
    import: &mut Import,
    draft: &LeadDraft,
    number: &std::result::Result<Phone, PhoneError>,
    shared: &mut Shared,
) -> Result<Verdict> {
    let phone = number.as_ref().ok();
    let identity = identity(draft, phone);
    if draft.is_refusal() {
        return Ok(Verdict::OptedOut);
    }
    let mail = draft.email.as_deref().and_then(mail_identity);
    if shared.suppressed.contains(&identity) || mail.is_some_and(|mail| shared.suppressed.contains(&mail)) {
        // Kept closed, so that somebody who asks why this row was never called is told.
        if !import.spec.dry_run && !shared.known.contains_key(&identity) {
            let mut lead = new_lead(ctx, client, import, draft, phone, identity.clone());
            lead.status = LeadStatus::OptedOut;
            shared.known.insert(identity, lead.clone());
            shared.new.leads.push(lead);
        }
        return Ok(Verdict::OptedOut);
    }
    if draft.says_no() && shared.new.leads.iter().any(|lead| lead.identity == identity) {
        // What this row says against consent was taken into account with the first.
        return Ok(Verdict::Duplicate("the same person stands further up in the file".into()));
    }
    let refused = shared.without_consent.get(&identity).cloned().unwrap_or_default();
    if let Some(mut lead) = shared.known.remove(&identity) {
        if lead.status == LeadStatus::Expired && lead.is_undone() {
            anew(&mut lead, new_lead(ctx, client, import, draft, phone, identity.clone()));
        }
        let verdict = known_person(tx, ctx, client, import, draft, (&mut lead, &refused), shared)?;
        // Numbers whose country is not certain may come a third time.
        shared.known.insert(identity, lead);
        return Ok(verdict);
    }
    let unusable = number.as_ref().err();
    if import.spec.dry_run {
        let lead = new_lead(ctx, client, import, draft, phone, identity);
        let screenings = shared.screenings.remove(&lead.identity).unwrap_or_default();
        return Ok(would_be(ctx, client, draft, &refused, (&lead, screenings), unusable));
    }
    let mut lead = new_lead(ctx, client, import, draft, phone, identity);
    plan_new(tx, ctx, client, import, &mut lead, (draft.consent.as_ref(), &refused), shared)?;
    say_why_number(&mut lead, unusable);
    let verdict = taken(&lead);
    shared.new.leads.push(lead);
    Ok(verdict)
}

/// What a lead that was taken in came to.
fn taken(lead: &Lead) -> Verdict {
    if lead.status == LeadStatus::Held { Verdict::Held(lead.hold_reason.clone()) } else { Verdict::Accepted }
}

fn plan_new(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    client: &Client,
    import: &Import,
    lead: &mut Lead,
    (given, (refused, against)): (Option<&ConsentDraft>, &Against),
    shared: &mut Shared,
) -> Result<()> {
    let consent = refusals::without(given, refused).map(|c| consent(ctx, &c, &import.actor));
    let taken_back = (!refused.is_empty()).then(|| refusals::as_consent(ctx, import, refused, against));
    let few = !shared.bulk && import.counts.rows <= FEW;
    let wish = Wish {
        not_before: first_call(ctx, import),
        priority: if few { PRIORITY_NEW_LEAD } else { PRIORITY_BULK_LEAD },
        actor: &import.actor,
        mark: "",
        waiting_as: LeadStatus::Queued,
    };
    let facts = Facts {
        paused: shared.paused.clone(),
        consents: taken_back.iter().chain(&consent).cloned().map(planning::as_consent).collect(),
        screenings: shared.screenings.remove(&lead.identity).unwrap_or_default(),
        ..Facts::default()
    };
    shared.new.plans.push(planning::plan(ctx, client, lead, &facts, &wish));
    if let Some(consent) = consent {
        let statement = statement(tx, ctx, &consent.wording, &mut shared.statements)?;
        shared.new.consents.push(NewConsent { lead: lead.id, consent, statement });
    }
    if let Some(consent) = taken_back {
        let statement = statement(tx, ctx, &consent.wording, &mut shared.statements)?;
        shared.new.refused.push(NewConsent { lead: lead.id, consent, statement });
    }
    if lead.phone.is_none() {
        // Numbers whose country is not certain are not told apart before: the next row may repeat this one.
        shared.known.insert(lead.identity.clone(), lead.clone());
    }
    if few {
        planning::tell_status(tx, ctx, lead, &import.actor, "lead accepted")?;
    }
    Ok(())
}

/// The person is known: a new enquiry when the last contact is long enough ago, else a
/// duplicate that may still bring a consent or a missing detail.
fn known_person(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    client: &Client,
    import: &mut Import,
    draft: &LeadDraft,
    (lead, (refused, against)): (&mut Lead, &Against),
    shared: &mut Shared,
) -> Result<Verdict> {
    if lead.status == LeadStatus::OptedOut {
        return Ok(Verdict::OptedOut);
    }
    if !refused.is_empty() {
        shared.new.write(tx, client, ctx.now())?;
        let held = refusals::of_known(tx, ctx, client, import, lead, refused, against)?;
        if held || draft.consent.is_none() {
            return Ok(match lead.status {
                LeadStatus::Held => Verdict::Held(lead.hold_reason.clone()),
                status => Verdict::Duplicate(format!("already a lead of this client: {status}; {against}")),
            });
        }
    }
    if lead.import == Some(import.id) {
        return Ok(Verdict::Duplicate("the same person stands further up in the file".into()));
    }
    let now = ctx.now();
    let rules = ctx.house.rules(client);
    let window = duplicates::window(now, lead.last_contact_at, &rules.policy.duplicates);
    if let (Some(last), Window::Skip { until }) = (lead.last_contact_at, window) {
        let why = duplicates::too_recent(now, last, &rules.policy.duplicates);
        return Ok(Verdict::Duplicate(format!("{why}; counts from {} on", until.iso())));
    }
    if lead.is_in_doubt() {
        return Ok(Verdict::Duplicate(format!(
            "already a lead of this client, and a person has to decide first: {}",
            lead.hold_reason
        )));
    }
    let held = lead.status == LeadStatus::Held;
    // What was taken back stays so: no file and no statement gives it again.
    let taken_back = if draft.consent.is_some() { refusals::taken_back(tx, lead.id)? } else { Vec::new() };
    let given = refusals::without(draft.consent.as_ref(), &taken_back);
    if held && given.is_none() && draft.consent.is_some() {
        return Ok(Verdict::Duplicate(format!(
            "already a lead of this client, held: {}; consent that was taken back is not given again by a file",
            lead.hold_reason
        )));
    }
    let brings_consent = given.is_some() && held;
    if held && !brings_consent {
        return Ok(Verdict::Duplicate(format!("already a lead of this client, held: {}", lead.hold_reason)));
    }
    if lead.status.is_open() && !held {
        return Ok(Verdict::Duplicate(format!("already a lead of this client: {}", lead.status)));
    }
    if lead.status == LeadStatus::BadNumber {
        return Ok(Verdict::Duplicate("already known, and not to be reached on this number".into()));
    }
    // It may be one of this very batch.
    shared.new.write(tx, client, now)?;
    if window == Window::Warn {
        import.counts.warnings += 1;
        if import.counts.warnings <= REJECTS_KEPT {
            imports::insert_reject(
                tx,
                import.id,
                &reject(draft.row, "lead", contacted_before(lead, now)),
                true,
            )?;
        }
    }
    // Who waits for nothing but a consent goes on where they are; for everybody else it begins
    // anew, also for those whose time ran out before anybody called.
    let anew = lead.last_contact_at.is_some() || !held;
    if anew {
        lead.episode += 1;
        lead.attempts = 0;
        lead.last_attempt_at = None;
    }
    // It is an enquiry of today either way: a lead's age counts from here.
    lead.episode_at = now;
    complete(lead, draft);
    let mark = if anew { String::new() } else { format!(":{}", import.id) };
    let wish = Wish {
        not_before: first_call(ctx, import),
        priority: PRIORITY_BULK_LEAD,
        actor: &import.actor,
        mark: &mark,
        waiting_as: LeadStatus::Queued,
    };
    if import.spec.dry_run {
        let mut facts = planning::standing(tx, lead)?;
        let given = given.iter().map(|c| planning::as_consent(consent(ctx, c, &import.actor)));
        facts.consents.extend(given);
        planning::plan(ctx, client, lead, &facts, &wish);
        return Ok(taken(lead));
    }
    if let Some(given) = &given {
        let consent = consent(ctx, given, &import.actor);
        let statement = statement(tx, ctx, &consent.wording, &mut shared.statements)?;
        leads::insert_consents(tx, client.id, &[NewConsent { lead: lead.id, consent, statement }], now)?;
    }
    let facts = planning::standing(tx, lead)?;
    planning::plan_call(tx, ctx, client, lead, &facts, &wish)?;
    lead.import = Some(import.id);
    lead.updated_at = now;
    leads::update(tx, lead)?;
    planning::tell_status(
        tx,
        ctx,
        lead,
        &import.actor,
        if anew { "new enquiry of a known person" } else { "consent arrived with an import" },
    )?;
    Ok(taken(lead))
}

/// A dry run's answer for a person not known yet.
fn would_be(
    ctx: &Ctx,
    client: &Client,
    draft: &LeadDraft,
    (refused, against): &Against,
    (lead, screenings): (&Lead, Vec<Screening>),
    unusable: Option<&PhoneError>,
) -> Verdict {
    let given = refusals::without(draft.consent.as_ref(), refused);
    let mut consents: Vec<_> = given.iter().map(|c| planning::as_consent(consent(ctx, c, ""))).collect();
    if !refused.is_empty() {
        consents.push(planning::as_consent(refusals::taken(ctx, refused, against, "", "")));
    }
    let facts = Facts { consents, screenings, ..Facts::default() };
    let rules = ctx.house.rules(client);
    let report = planning::judge(ctx, client, &rules.policy, lead, &facts, ctx.now(), planning::Stage::Plan);
    match (report.answer, report.next_at) {
        (Answer::Allowed, _) | (Answer::NotYet, Some(_)) => Verdict::Accepted,
        _ => match unusable {
            Some(problem) if report.rule == NUMBER => Verdict::Held(problem.to_string()),
            _ => Verdict::Held(report.reason),
        },
    }
}

/// The first instant a lead of this import may be called: those of a file wait, so that a wrong
/// file can be undone.
fn first_call(ctx: &Ctx, import: &Import) -> Millis {
    if import.spec.single { ctx.now() } else { ctx.now() + ctx.house.import_hold_ms }
}

/// An identity for a number whose country is not certain: the same spelling is the same person.
pub fn raw_identity(raw: &str) -> String {
    let digits: String = raw.chars().filter(char::is_ascii_digit).collect();
    format!("raw:{digits}")
}

fn reject(row: u64, field: &str, reason: String) -> Reject {
    Reject { row, field: field.to_owned(), reason }
}

fn keep(tx: &mut Tx<'_>, import: &Import, rejects: &[Reject]) -> Result<()> {
    let counts = &import.counts;
    if counts.invalid + counts.duplicates + counts.opted_out > REJECTS_KEPT {
        return Ok(());
    }
    for reject in rejects {
        imports::insert_reject(tx, import.id, reject, false)?;
    }
    Ok(())
}

/// Says how far an import has come.
///
/// # Errors
/// As the statement fails.
pub fn tell(tx: &mut Tx<'_>, ctx: &Ctx, import: &Import) -> Result<()> {
    let over = import.status.is_over();
    let c = &import.counts;
    let text = match import.status {
        ImportStatus::Failed => format!("import failed: {}", import.note),
        ImportStatus::Undoing | ImportStatus::Undone => import.note.clone(),
        _ => format!(
            "{}{} rows: {} accepted, {} held, {} duplicates, {} invalid, {} opted out",
            if import.spec.dry_run { "dry run, " } else { "" },
            c.rows,
            c.accepted,
            c.held,
            c.duplicates,
            c.invalid,
            c.opted_out
        ),
    };
    ctx.event(
        tx,
        if over { kind::IMPORT_FINISHED } else { kind::IMPORT_PROGRESS },
        import.client,
        None,
        ("import", &import.id.to_string()),
        &import.actor,
        &text,
        serde_json::json!({
            "status": import.status.word(),
            "counts": c,
            "bytes": import.bytes,
            "bytes_done": import.bytes_done,
        }),
    )
}
