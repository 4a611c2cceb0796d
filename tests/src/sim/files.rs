//! Files of leads: some people in several, some without consent, some sent again days later;
//! each committed in pieces, and a piece now and then twice.

use super::world::{Broken, Step, World};
use frontdesk_daemon::flows::imports::{self as flow, Batch, Judged};
use frontdesk_daemon::importer;
use frontdesk_domain::intake::{self, Row, SeenPhones};
use frontdesk_shared::ImportId;
use frontdesk_shared::client::ClientStatus;
use frontdesk_shared::contact::Channel;
use frontdesk_shared::import::{ImportCounts, ImportSpec, ImportStatus};
use frontdesk_shared::time::{DAY, HOUR, SECOND};
use frontdesk_store::clients;
use frontdesk_store::imports::{self, Import};
use serde_json::json;
use std::rc::Rc;

/// Rows of one piece.
const PIECE: usize = 3;

/// A file of leads for one client.
pub(super) struct File {
    client: usize,
    text: String,
    csv: bool,
    /// Whom it names.
    rows: Vec<Named>,
}

/// Somebody in a file.
#[derive(Clone, Copy, Debug)]
struct Named {
    person: usize,
    /// To be reached how they consented.
    consent: &'static [Channel],
    /// Whether their mail address is told.
    mail: bool,
}

/// Consents as often as they come.
const CONSENTS: [&[Channel]; 5] = [
    &[],
    &[Channel::AiVoice],
    &[Channel::AiVoice],
    &[Channel::AiVoice, Channel::Sms],
    &[Channel::AiVoice, Channel::Sms, Channel::Email],
];

/// What is left of a file to commit.
pub(super) struct Piece {
    pub import: Import,
    client: usize,
    batches: Rc<Vec<Batch>>,
    next: usize,
    boot: u32,
}

impl World<'_> {
    /// Makes up the files and when they arrive.
    pub fn plan_files(&mut self, span: i64) {
        let start = self.now();
        for n in 0..self.dice.between(1, 4) {
            let client = self.dice.below(self.clients.len());
            let mut rows = Vec::new();
            for person in 0..self.people.len() {
                if self.dice.per_mille(600) {
                    let consent = *self.dice.pick(&CONSENTS);
                    rows.push(Named { person, consent, mail: self.dice.per_mille(500) });
                }
                if self.dice.per_mille(50) {
                    rows.push(Named { person, consent: &[Channel::AiVoice], mail: false });
                }
            }
            let csv = self.dice.per_mille(500);
            let text = self.written(&rows, csv);
            self.files.push(File { client, text, csv, rows });
            let file = self.files.len() - 1;
            // The first comes early, so that there is something to do.
            let at = start + self.dice.between(0, if n == 0 { DAY } else { span });
            self.push(at, Step::File(file));
            if self.dice.per_mille(300) {
                let again = self.dice.between(0, span);
                self.push(start + again, Step::File(file));
            }
            if self.dice.per_mille(200) {
                let minutes = self.dice.between(0, HOUR);
                self.push(at + minutes, Step::File(file));
            }
        }
    }

    fn written(&self, rows: &[Named], csv: bool) -> String {
        let mail = |row: &Named| if row.mail { self.people[row.person].mail.as_str() } else { "" };
        if csv {
            let line = |row: &Named| {
                let channels: Vec<&str> = row.consent.iter().map(|c| c.word()).collect();
                let words = if channels.is_empty() { "" } else { "Reach me" };
                let (n, number) = (row.person, &self.people[row.person].number);
                format!("Ann {n},{number},{},{},{words}\n", mail(row), channels.join("+"))
            };
            let head = "name,phone,email,consent channels,consent text\n".to_owned();
            return head + &rows.iter().map(line).collect::<String>();
        }
        let lead = |row: &Named| {
            let (n, number) = (row.person, &self.people[row.person].number);
            let mut lead = json!({ "name": format!("Ann {n}"), "phone": number });
            if row.mail {
                lead["email"] = mail(row).into();
            }
            if !row.consent.is_empty() {
                let channels: Vec<&str> = row.consent.iter().map(|c| c.word()).collect();
                lead["consent"] = json!({ "channels": channels, "text": "Reach me" });
            }
            lead
        };
        json!({ "leads": rows.iter().map(lead).collect::<Vec<_>>() }).to_string()
    }

    /// A file arrives whole and is to be judged.
    pub fn file(&mut self, n: usize) -> Result<(), Broken> {
        let (client, csv) = (self.files[n].client, self.files[n].csv);
        let id = self.clients[client].id;
        let Some(owner) = self.read(|tx| clients::by_id(tx, id))? else { return Ok(()) };
        if owner.status == ClientStatus::Deactivated || self.files[n].rows.is_empty() {
            return Ok(());
        }
        let now = self.now();
        let text = self.files[n].text.clone();
        let import = Import {
            id: ImportId(self.ctx.env.id()),
            client: owner.id,
            status: ImportStatus::Running,
            spec: ImportSpec {
                client: owner.key.clone(),
                label: format!("file {n}"),
                dry_run: false,
                attest: None,
                country: Some(owner.country.clone()),
                mapping: std::collections::BTreeMap::new(),
                source: None,
                single: false,
            },
            content_type: if csv { "text/csv" } else { "application/json" }.into(),
            digest: String::new(),
            node: 0,
            bytes: text.len() as u64,
            bytes_done: 0,
            next_row: 0,
            counts: ImportCounts::default(),
            columns: Vec::new(),
            actor: "sim".into(),
            note: String::new(),
            created_at: now,
            updated_at: now,
            finished_at: None,
        };
        let ctx = self.ctx.clone();
        self.write(|tx| {
            imports::insert(tx, &import)?;
            flow::tell(tx, &ctx, &import)
        })?;
        for row in self.files[n].rows.clone() {
            self.ledger.consents.extend(row.consent.iter().map(|channel| (owner.id, row.person, *channel)));
        }
        self.say(&format!("import {} of file {n} for {}", import.id.short(), owner.key));
        self.count("imports");
        let batches = Rc::new(read(&import, text)?);
        self.ledger.imports.push((import.id, self.files[n].rows.len() as u64));
        let piece = Piece { import, client, batches, next: 0, boot: self.boot };
        self.push(now, Step::Piece(Rc::new(piece)));
        Ok(())
    }

    /// The next piece of a file is committed, and the one after it is queued.
    pub fn piece(&mut self, piece: &Rc<Piece>) -> Result<(), Broken> {
        let mut next = piece.next;
        if piece.boot != self.boot {
            // After a restart the file is read again from the row the store knows.
            let id = piece.import.id;
            let stored = self.read(|tx| imports::need(tx, id))?;
            next = piece.batches.iter().position(|b| b.next_row > stored.next_row || b.last).unwrap_or(next);
        }
        let Some(batch) = piece.batches.get(next) else { return Ok(()) };
        let (ctx, client) = (self.ctx.clone(), self.clients[piece.client].clone());
        let client = self.read(|tx| clients::by_id(tx, client.id))?.unwrap_or(client);
        self.write(|tx| flow::commit(tx, &ctx, &client, &piece.import, batch))?;
        self.say(&format!("import {}: rows before {}", piece.import.id.short(), batch.next_row));
        // The answer to the commit was lost: it is sent again.
        let again = self.goes_wrong(50);
        if again {
            self.count("pieces of files twice");
        }
        let next = if again { next } else { next + 1 };
        if next < piece.batches.len() {
            let (import, batches) = (piece.import.clone(), piece.batches.clone());
            let piece = Piece { import, client: piece.client, batches, next, boot: self.boot };
            self.soon(1, SECOND, Step::Piece(Rc::new(piece)));
        }
        Ok(())
    }
}

/// The whole file, judged as far as that is possible without the store, in pieces.
fn read(import: &Import, text: String) -> Result<Vec<Batch>, Broken> {
    let reader = Box::new(std::io::Cursor::new(text.into_bytes()));
    let mut rows = intake::open(reader, Some(&import.content_type), &import.spec, import.created_at)
        .map_err(|e| e.to_string())?;
    let mut seen = SeenPhones::new(7);
    let mut judged: Vec<(u64, Judged)> = Vec::new();
    for row in rows.by_ref() {
        let row = row.map_err(|e| e.to_string())?;
        let number = match &row {
            Row::Draft(draft) => draft.row,
            Row::Rejected(rejects) => rejects.last().map_or(0, |r| r.row),
        };
        judged.push((number, importer::look_at(row, import.spec.country.as_deref(), &mut seen)?));
    }
    let columns = rows.columns().describe();
    let mut batches: Vec<Batch> = judged
        .chunks(PIECE)
        .map(|rows| Batch {
            next_row: rows.last().map_or(0, |(n, _)| n + 1),
            rows: rows.iter().map(|(_, row)| row.clone()).collect(),
            bytes_done: 0,
            columns: columns.clone(),
            notes: Vec::new(),
            last: false,
            bulk: false,
        })
        .collect();
    if let Some(last) = batches.last_mut() {
        last.last = true;
    }
    Ok(batches)
}
