//! What each list selects, in which order, and which of its columns a filter may name.
//!
//! Data only. A list is a row of segments that are read one after the other; each has literal
//! conditions and an order that an index gives, so that the first page never sorts a table.

use super::filter::{Key, Kind};
use crate::Engine;
use frontdesk_shared::call::{CallStatus, Direction, Outcome};
use frontdesk_shared::client::{ClientStatus, Tier};
use frontdesk_shared::fault::Severity;
use frontdesk_shared::import::ImportStatus;
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::page::List;

/// One list.
#[derive(Debug)]
pub(super) struct Spec {
    pub(super) from: &'static str,
    pub(super) columns: &'static str,
    /// Column that holds the client's id.
    pub(super) client: &'static str,
    /// Columns that words are looked for in.
    pub(super) text: &'static [&'static str],
    /// The same for viewers who may see numbers.
    pub(super) phones: &'static [&'static str],
    pub(super) keys: &'static [Key],
    /// Condition that holds for the whole list.
    pub(super) only: &'static str,
    pub(super) segments: &'static [Segment],
}

/// Rows that share a condition and an order.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) only: &'static str,
    /// The column that orders, and the one that decides between equals (or `0`).
    pub(super) order: (&'static str, &'static str),
    pub(super) desc: bool,
}

macro_rules! words {
    ($name:ident) => {
        || $name::ALL.iter().map(|w| w.word()).collect()
    };
}

const fn text(name: &'static str, column: &'static str) -> Key {
    Key { name, kind: Kind::Text(column) }
}

const fn id(name: &'static str, column: &'static str) -> Key {
    Key { name, kind: Kind::Id(column) }
}

const fn link(name: &'static str, column: &'static str) -> Key {
    Key { name, kind: Kind::Link(column) }
}

const fn by(only: &'static str, first: &'static str, second: &'static str, desc: bool) -> Segment {
    Segment { only, order: (first, second), desc }
}

const CLIENT: Key = text("client", "COALESCE(k.key, '')");

const CALL_COLUMNS: &str = "c.id, COALESCE(k.key, ''), c.lead_id, c.who, c.phone, c.direction, c.attempt, \
    c.status, c.outcome, c.ended_reason, c.provider_call_id, c.sandbox, c.created_at, c.started_at, \
    c.ended_at, c.cost_micros, c.last_line";
const CALL_KEYS: &[Key] = &[
    Key { name: "status", kind: Kind::Word("c.status", words!(CallStatus)) },
    Key { name: "outcome", kind: Kind::Word("COALESCE(c.outcome, '')", words!(Outcome)) },
    Key { name: "direction", kind: Kind::Word("c.direction", words!(Direction)) },
    CLIENT,
    text("provider", "c.provider"),
    text("name", CALLER),
    Key { name: "phone", kind: Kind::Phone("c.phone") },
    text("reason", "c.ended_reason"),
    Key { name: "sandbox", kind: Kind::Flag("c.sandbox") },
    id("id", "c.id"),
    link("lead", "c.lead_id"),
    link("job", "c.job_id"),
];
// `who` is the number where there is no name; a number is found by `phone:` alone.
const CALLER: &str = "CASE WHEN c.who = c.phone THEN '' ELSE c.who END";
const CALLS_FROM: &str = "call c LEFT JOIN client k ON k.id = c.client_id";
const CALL_TEXT: &[&str] = &[
    CALLER,
    "c.ended_reason",
    "COALESCE(c.outcome, '')",
    "COALESCE(c.provider_call_id, '')",
    "COALESCE(k.key, '')",
];

// Few calls are open among many that are over: reading ids in order would walk over all of
// them, so the sum keeps planners away from the primary key and on the partial index.
const LIVE: Spec = Spec {
    from: CALLS_FROM,
    columns: CALL_COLUMNS,
    client: "c.client_id",
    text: CALL_TEXT,
    phones: &["c.phone"],
    keys: CALL_KEYS,
    only: "c.status NOT IN ('ended', 'refused')",
    segments: &[by("", "c.id + 0", "0", false)],
};

const CALLS: Spec = Spec { only: "", segments: &[by("", "c.id", "0", true)], ..LIVE };

const LEADS: Spec = Spec {
    from: "lead l LEFT JOIN client k ON k.id = l.client_id",
    columns: "l.id, COALESCE(k.key, ''), l.name, COALESCE(l.phone, l.identity), l.source, l.status, l.hold_rule, \
        l.hold_reason, l.next_at, l.attempts, l.last_contact_at, l.score, l.import_id, l.created_at, l.updated_at",
    client: "l.client_id",
    text: &[
        "l.name",
        "l.email",
        "l.source",
        "l.hold_reason",
        "COALESCE(l.external_id, '')",
        "COALESCE(k.key, '')",
    ],
    phones: &["l.identity"],
    keys: &[
        Key { name: "status", kind: Kind::Word("l.status", words!(LeadStatus)) },
        text("hold", "l.hold_rule"),
        text("rule", "l.hold_rule"),
        CLIENT,
        text("name", "l.name"),
        Key { name: "phone", kind: Kind::Phone("l.identity") },
        text("email", "l.email"),
        text("source", "l.source"),
        text("country", "l.region"),
        text("zone", "COALESCE(l.zone, '')"),
        link("import", "l.import_id"),
        id("id", "l.id"),
    ],
    only: "",
    segments: &[by("", "l.id", "0", true)],
};

const JOBS: Spec = Spec {
    from: "job j LEFT JOIN client k ON k.id = j.client_id",
    columns: "j.id, j.kind, COALESCE(k.key, ''), j.lead_id, j.about, j.state, j.priority, j.run_at, j.useful_until, \
        j.attempt, j.max_attempts, j.reason, j.created_at, j.updated_at",
    client: "j.client_id",
    text: &["j.kind", "j.reason", "COALESCE(k.key, '')"],
    phones: &["j.about"],
    keys: &[
        Key {
            name: "state",
            kind: Kind::Cases(&[
                ("uncertain", "j.state = 'uncertain'"),
                ("dead", "j.state = 'dead'"),
                ("running", "j.state = 'running'"),
                ("due", "j.state = 'ready' AND j.run_at <= {base}"),
                ("waiting", "j.state = 'ready' AND j.run_at > {base}"),
                ("ready", "j.state = 'ready'"),
                ("expired", "j.state = 'expired'"),
                ("cancelled", "j.state = 'cancelled'"),
                ("done", "j.state = 'done'"),
            ]),
        },
        text("kind", "j.kind"),
        CLIENT,
        Key { name: "about", kind: Kind::Private("j.about") },
        text("reason", "j.reason"),
        text("lane", "j.lane"),
        link("lead", "j.lead_id"),
        link("call", "j.call_id"),
        id("id", "j.id"),
    ],
    only: "",
    segments: &[
        by("j.state = 'uncertain'", "j.run_at", "j.id", false),
        by("j.state = 'dead'", "j.run_at", "j.id", true),
        by("j.state = 'running'", "j.run_at", "j.id", false),
        by("j.state = 'ready'", "j.run_at", "j.id", false),
        by("j.state = 'expired'", "j.run_at", "j.id", true),
        by("j.state = 'cancelled'", "j.run_at", "j.id", true),
        by("j.state = 'done'", "j.run_at", "j.id", true),
    ],
};

const ERRORS: Spec = Spec {
    from: "fault f LEFT JOIN client k ON k.id = f.client_id",
    columns: "f.id, f.kind, f.service, COALESCE(k.key, ''), f.severity, f.message, f.count, f.first_at, f.last_at, \
        f.acked_by",
    client: "f.client_id",
    text: &["f.kind", "f.service", "f.message", "COALESCE(k.key, '')"],
    phones: &[],
    keys: &[
        Key { name: "severity", kind: Kind::Word("f.severity", words!(Severity)) },
        text("kind", "f.kind"),
        text("service", "f.service"),
        text("provider", "f.service"),
        CLIENT,
        text("message", "f.message"),
        Key {
            name: "acked",
            kind: Kind::Cases(&[("yes", "f.acked_at IS NOT NULL"), ("no", "f.acked_at IS NULL")]),
        },
        text("actor", "COALESCE(f.acked_by, '')"),
        id("id", "f.id"),
    ],
    only: "",
    segments: &[
        by("f.acked_at IS NULL", "f.last_at", "f.id", true),
        by("f.acked_at IS NOT NULL", "f.last_at", "f.id", true),
    ],
};

const WEBHOOKS: Spec = Spec {
    from: "webhook w LEFT JOIN client k ON k.id = w.client_id \
        LEFT JOIN webhook_key d ON d.event_key = w.event_key AND d.provider = w.provider",
    columns: "w.id, w.provider, COALESCE(k.key, ''), w.kind, w.call_id, w.status, w.note, \
        COALESCE(d.deliveries, 1), w.size, w.received_at",
    client: "w.client_id",
    text: &["w.provider", "w.kind", "w.note", "w.event_key", "COALESCE(k.key, '')"],
    phones: &[],
    keys: &[
        Key {
            // The second condition is the partial index's own, without which SQLite does not
            // see that it applies.
            name: "status",
            kind: Kind::Cases(&[
                ("failed", "w.status = 'failed' AND w.status IN ('failed', 'unmatched')"),
                ("unmatched", "w.status = 'unmatched' AND w.status IN ('failed', 'unmatched')"),
                ("bad", "w.status IN ('failed', 'unmatched')"),
                ("applied", "w.status = 'applied'"),
                ("ignored", "w.status = 'ignored'"),
            ]),
        },
        text("provider", "w.provider"),
        text("kind", "w.kind"),
        CLIENT,
        text("note", "w.note"),
        link("call", "w.call_id"),
        id("id", "w.id"),
    ],
    only: "",
    segments: &[by("", "w.id", "0", true)],
};

const IMPORTS: Spec = Spec {
    from: "import i LEFT JOIN client k ON k.id = i.client_id",
    columns: "i.id, COALESCE(k.key, ''), i.label, i.status, i.dry_run, i.counts, i.bytes, i.bytes_done, i.actor, \
        i.note, i.created_at, i.finished_at",
    client: "i.client_id",
    text: &["i.label", "i.note", "i.actor", "COALESCE(k.key, '')"],
    phones: &[],
    keys: &[
        Key { name: "status", kind: Kind::Word("i.status", words!(ImportStatus)) },
        CLIENT,
        text("label", "i.label"),
        text("name", "i.label"),
        text("actor", "i.actor"),
        text("note", "i.note"),
        Key { name: "dry", kind: Kind::Flag("i.dry_run") },
        id("id", "i.id"),
    ],
    only: "",
    segments: &[by("", "i.id", "0", true)],
};

const APPOINTMENTS: Spec = Spec {
    from: "appointment a LEFT JOIN client k ON k.id = a.client_id",
    columns: "a.id, COALESCE(k.key, ''), a.lead_id, a.who, a.starts_at, a.ends_at, COALESCE(k.timezone, 'UTC'), \
        a.status, a.call_id, a.created_at",
    client: "a.client_id",
    text: &["a.who", "a.note", "a.status", "COALESCE(k.key, '')"],
    phones: &[],
    keys: &[
        text("status", "a.status"),
        CLIENT,
        text("name", "a.who"),
        text("note", "a.note"),
        Key {
            name: "when",
            kind: Kind::Cases(&[("next", "a.starts_at >= {base}"), ("past", "a.starts_at < {base}")]),
        },
        link("lead", "a.lead_id"),
        link("call", "a.call_id"),
        id("id", "a.id"),
    ],
    only: "",
    // Yesterday's still lead the list: what came of them is asked on the day after.
    segments: &[
        by("a.starts_at >= {base} - 86400000", "a.starts_at", "a.id", false),
        by("a.starts_at < {base} - 86400000", "a.starts_at", "a.id", true),
    ],
};

const CLIENTS: Spec = Spec {
    from: "client k",
    columns: "k.id, k.key, k.name, k.status, k.tier, k.timezone, k.country, k.created_at",
    client: "k.id",
    text: &["k.key", "k.name", "k.industry"],
    phones: &[],
    keys: &[
        text("key", "k.key"),
        text("client", "k.key"),
        text("name", "k.name"),
        Key { name: "status", kind: Kind::Word("k.status", words!(ClientStatus)) },
        Key { name: "tier", kind: Kind::Word("k.tier", words!(Tier)) },
        text("country", "k.country"),
        text("zone", "k.timezone"),
        text("industry", "k.industry"),
        id("id", "k.id"),
    ],
    only: "",
    segments: &[by("", "k.key", "0", false)],
};

const EVENTS: Spec = Spec {
    from: "event e LEFT JOIN client k ON k.id = e.client_id",
    columns: super::events::COLUMNS,
    client: "e.client_id",
    text: &["e.kind", "e.text", "e.actor", "e.subject_id", "COALESCE(k.key, '')"],
    phones: &[],
    keys: &[
        text("kind", "e.kind"),
        CLIENT,
        text("subject", "e.subject"),
        text("actor", "e.actor"),
        text("id", "e.subject_id"),
        link("lead", "e.lead_id"),
    ],
    only: "",
    segments: &[by("", "e.seq", "0", true)],
};

/// Nothing above the feed's head is listed, so that the two meet without a gap or an overlap.
const EVENTS_PG: Spec = Spec {
    only: "e.tx < pg_snapshot_xmin(pg_current_snapshot())::text::bigint",
    segments: &[by("", "e.tx", "e.seq", true)],
    ..EVENTS
};

const AUDIT: Spec = Spec {
    from: "audit t LEFT JOIN client k ON k.id = t.client_id",
    columns: "t.at, t.actor, t.action, t.subject, COALESCE(k.key, ''), t.detail",
    client: "t.client_id",
    text: &["t.actor", "t.action", "t.detail", "COALESCE(k.key, '')"],
    phones: &["t.subject"],
    keys: &[
        text("actor", "t.actor"),
        text("action", "t.action"),
        text("kind", "t.action"),
        CLIENT,
        Key { name: "subject", kind: Kind::Private("t.subject") },
        id("id", "t.id"),
    ],
    only: "",
    segments: &[by("", "t.id", "0", true)],
};

/// How a list is read; `None` for what is no list of rows.
pub(super) fn of(list: List, engine: Engine) -> Option<&'static Spec> {
    Some(match list {
        List::Live => &LIVE,
        List::Calls => &CALLS,
        List::Leads => &LEADS,
        List::Jobs => &JOBS,
        List::Errors => &ERRORS,
        List::Webhooks => &WEBHOOKS,
        List::Imports => &IMPORTS,
        List::Appointments => &APPOINTMENTS,
        List::Clients => &CLIENTS,
        List::Events if engine == Engine::Postgres => &EVENTS_PG,
        List::Events => &EVENTS,
        List::Audit => &AUDIT,
        List::Health => return None,
    })
}
