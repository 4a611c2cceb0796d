//! People who write to us: what they say, and what must have followed once it was taken.

use super::carrier::form;
use super::ledger::{How, Scope};
use super::post::{Letter, Subject};
use super::world::{Broken, World};
use frontdesk_shared::time::MINUTE;
use frontdesk_shared::{AppointmentId, ClientId, LeadId};
use frontdesk_store::params;

/// What a text is meant as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meant {
    /// No more contact.
    Stop,
    /// Texts at least; a person may have to decide about the rest.
    Doubt,
    /// The appointment is off.
    Cancel,
    /// Texts are welcome again.
    Again,
    /// Not the one who is looked for.
    Wrong,
    /// Nothing that binds us.
    Other,
}

/// What people write, as often as they do.
const WORDS: [(&str, Meant); 24] = [
    ("STOP", Meant::Stop),
    ("stop", Meant::Stop),
    ("Unsubscribe", Meant::Stop),
    ("Please stop contacting me", Meant::Stop),
    ("Do not contact me again, remove me from your list", Meant::Stop),
    ("please stop texting me", Meant::Doubt),
    ("CANCEL", Meant::Doubt),
    ("Sorry, I can't make it, please cancel my appointment", Meant::Cancel),
    ("I need to cancel the appointment", Meant::Cancel),
    ("I won't be able to make my appointment, please cancel it", Meant::Cancel),
    ("please cancel", Meant::Other),
    ("C", Meant::Other),
    ("C", Meant::Other),
    ("START", Meant::Again),
    ("UNSTOP", Meant::Again),
    ("HELP", Meant::Other),
    ("help me please", Meant::Other),
    ("Can we move it to another day?", Meant::Other),
    ("Yes", Meant::Other),
    ("yes see you then", Meant::Other),
    ("No", Meant::Other),
    ("Who is this about?", Meant::Other),
    ("wrong number", Meant::Wrong),
    ("👍", Meant::Other),
];

/// Words at which the carrier stops by itself.
pub(super) fn is_stop(words: &str) -> bool {
    let words = words.to_ascii_uppercase();
    matches!(words.as_str(), "STOP" | "UNSUBSCRIBE" | "CANCEL" | "END" | "QUIT" | "STOPALL")
}

/// A text somebody wrote.
pub(super) struct Reply {
    pub person: usize,
    meant: Meant,
    /// Clients whose texts had come to this person from that number when they wrote.
    of: Vec<ClientId>,
    /// Whether it was taken before: repeats change nothing.
    taken: bool,
    /// What must be off once it is taken.
    off: Option<AppointmentId>,
}

impl World<'_> {
    /// A person writes to one of our numbers.
    pub fn write_in(&mut self, person: usize, to: &str) {
        let (words, meant) = *self.dice.pick(&WORDS);
        if self.calm || !self.people[person].texts {
            return;
        }
        let from = self.people[person].number.clone();
        self.carrier.reads(&from, to, words);
        let n = self.replies.len();
        self.say(&format!("person {person} writes {words:?}"));
        self.count("texts written to us");
        let sid = format!("SMin{n:030}");
        let mut fields =
            vec![("MessageSid", sid.as_str()), ("SmsStatus", "received"), ("From", &from), ("To", to)];
        fields.extend([("Body", words), ("NumMedia", "0")]);
        // Only numbers with the carrier's own handling say how it read the text.
        let read = match meant {
            Meant::Stop if is_stop(words) => Some("STOP"),
            Meant::Again => Some("START"),
            _ => None,
        };
        fields.extend(read.filter(|_| self.dice.per_mille(500)).map(|read| ("OptOutType", read)));
        let came = |text: &&super::carrier::Text| {
            text.person == Some(person) && text.from == to && text.has_arrived()
        };
        let mut of: Vec<ClientId> = self.carrier.texts.iter().filter(came).map(|text| text.client).collect();
        of.sort_unstable();
        of.dedup();
        let body = form(&fields).into_bytes().into();
        self.replies.push(Reply { person, meant, of, taken: false, off: None });
        let about = format!("text {n} of person {person}");
        self.send(Letter { body, about, subject: Subject::Reply(n), asks: false, tries: 0 });
        if self.dice.per_mille(150) {
            let (to, wait) = (to.to_owned(), self.dice.between(MINUTE, 30 * MINUTE));
            let at = self.now() + wait;
            self.push(at, super::world::Step::Write(person, to));
        }
    }

    /// Just before a text is taken: what it must bring about.
    pub fn expect(&mut self, n: usize) -> Result<(), Broken> {
        let reply = &self.replies[n];
        if reply.meant != Meant::Cancel || reply.taken || reply.of.len() != 1 {
            return Ok(());
        }
        let (number, now) = (self.people[reply.person].number.clone(), self.now());
        let leads: Vec<LeadId> = self.read(|tx| {
            tx.all("SELECT id FROM lead WHERE identity = $1", params![number.as_str()], |r| r.get(0))
        })?;
        let [lead] = leads.as_slice() else { return Ok(()) };
        let coming: Vec<AppointmentId> = self.read(|tx| {
            let sql =
                "SELECT id FROM appointment WHERE lead_id = $1 AND status = 'booked' AND starts_at > $2";
            tx.all(sql, params![*lead, now], |r| r.get(0))
        })?;
        if let [one] = coming.as_slice() {
            self.replies[n].off = Some(*one);
        }
        Ok(())
    }

    /// A text was taken and answered: what must have followed has.
    pub fn heard(&mut self, n: usize) -> Result<(), Broken> {
        let reply = &mut self.replies[n];
        if std::mem::replace(&mut reply.taken, true) {
            return Ok(());
        }
        let (person, meant, of, off) = (reply.person, reply.meant, reply.of.clone(), reply.off.take());
        self.ledger.wrote = Some(person);
        match meant {
            Meant::Stop => {
                for client in of {
                    self.opted_out(Scope::Client(client), person, How::ByText);
                }
            }
            Meant::Doubt => {
                for client in of {
                    self.doubted(client, person);
                }
            }
            Meant::Again => self.texts_again(person),
            Meant::Cancel => {
                if let Some(off) = off {
                    let status: String = self.read(|tx| {
                        tx.one("SELECT status FROM appointment WHERE id = $1", params![off], |r| r.get(0))
                    })?;
                    if status != "cancelled" {
                        let name = off.short();
                        return Err(format!(
                            "person {person} called appointment {name} off and it is {status}"
                        ));
                    }
                    self.count("appointments cancelled by text");
                }
            }
            Meant::Wrong | Meant::Other => {}
        }
        Ok(())
    }
}
