-- The first schema. PostgreSQL's subset; see daemon/src/store/migrate.rs for how SQLite reads it.
-- Times are milliseconds since the epoch, UTC. Ids are made by the daemon. JSON is TEXT.

-- Facts about this store and switches of the house.
CREATE TABLE meta (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- Daemons that share this store. The node number goes into the ids they make.
CREATE TABLE instance (
    node BIGINT NOT NULL PRIMARY KEY,
    boot TEXT NOT NULL,
    host TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    beat_at BIGINT NOT NULL
);

CREATE TABLE client (
    id BIGINT NOT NULL PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    phone TEXT NOT NULL,
    industry TEXT NOT NULL,
    services TEXT NOT NULL,
    status TEXT NOT NULL,
    paused_reason TEXT,
    tier TEXT NOT NULL,
    timezone TEXT NOT NULL,
    country TEXT NOT NULL,
    currency TEXT NOT NULL,
    value_minor BIGINT NOT NULL,
    agent TEXT NOT NULL UNIQUE,
    settings TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Only hashes of keys are kept. client_id 0 is the house.
CREATE TABLE api_key (
    id BIGINT NOT NULL PRIMARY KEY,
    client_id BIGINT NOT NULL,
    hash BYTEA NOT NULL UNIQUE,
    label TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);

-- A person one client may contact. identity is the E.164 number, or raw:… while the number is
-- ambiguous, so that the same row twice is one lead.
CREATE TABLE lead (
    id BIGINT NOT NULL PRIMARY KEY,
    client_id BIGINT NOT NULL REFERENCES client (id),
    identity TEXT NOT NULL,
    phone TEXT,
    region TEXT NOT NULL,
    line TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    source TEXT NOT NULL,
    zone TEXT,
    state TEXT,
    postcode TEXT,
    external_id TEXT,
    vars TEXT NOT NULL,
    status TEXT NOT NULL,
    hold_rule TEXT NOT NULL,
    hold_reason TEXT NOT NULL,
    next_at BIGINT,
    episode BIGINT NOT NULL,
    episode_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    last_attempt_at BIGINT,
    last_contact_at BIGINT,
    screened_at BIGINT,
    score BIGINT NOT NULL,
    score_parts TEXT NOT NULL,
    import_id BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX lead_identity ON lead (identity, client_id);
CREATE INDEX lead_client ON lead (client_id, id);
CREATE INDEX lead_stand ON lead (client_id, status, hold_rule);

-- Wordings of consent, kept once each.
CREATE TABLE statement (
    id BIGINT NOT NULL PRIMARY KEY,
    wording TEXT NOT NULL UNIQUE
);

-- Who consented to what, when and how. Rows are added and revoked, never changed otherwise.
CREATE TABLE consent (
    id BIGINT NOT NULL PRIMARY KEY,
    client_id BIGINT NOT NULL,
    lead_id BIGINT NOT NULL REFERENCES lead (id),
    channels TEXT NOT NULL,
    purpose TEXT NOT NULL,
    statement_id BIGINT NOT NULL REFERENCES statement (id),
    evidence TEXT NOT NULL,
    given_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    recorded_by TEXT NOT NULL,
    revoked_at BIGINT,
    revoked_how TEXT
);
CREATE INDEX consent_lead ON consent (lead_id);

-- Addresses nobody may contact. client_id 0 holds for every client; channel 'all' for every
-- channel. A row is made inactive, never deleted.
CREATE TABLE suppression (
    id BIGINT NOT NULL PRIMARY KEY,
    client_id BIGINT NOT NULL,
    address TEXT NOT NULL,
    channel TEXT NOT NULL,
    reason TEXT NOT NULL,
    evidence TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    ended_at BIGINT,
    ended_by TEXT
);
CREATE UNIQUE INDEX suppression_address ON suppression (address, client_id, channel);

-- Every contact attempt, on any channel: the one budget of a person and client.
CREATE TABLE contact (
    id BIGINT NOT NULL PRIMARY KEY,
    client_id BIGINT NOT NULL,
    lead_id BIGINT NOT NULL REFERENCES lead (id),
    channel TEXT NOT NULL,
    episode BIGINT NOT NULL,
    at BIGINT NOT NULL,
    call_id BIGINT
);
CREATE INDEX contact_lead ON contact (lead_id, at);

-- The gate's decisions. Their reasoning is kept once per distinct text: leads of one file
-- mostly share it.
CREATE TABLE reasoning (
    id BIGINT NOT NULL PRIMARY KEY,
    lines TEXT NOT NULL
);
CREATE TABLE verdict (
    id BIGINT NOT NULL PRIMARY KEY,
    client_id BIGINT NOT NULL,
    lead_id BIGINT NOT NULL,
    stage TEXT NOT NULL,
    answer TEXT NOT NULL,
    rule TEXT NOT NULL,
    reason TEXT NOT NULL,
    next_at BIGINT,
    rules_version BIGINT NOT NULL,
    reasoning_id BIGINT NOT NULL REFERENCES reasoning (id),
    at BIGINT NOT NULL
);
CREATE INDEX verdict_lead ON verdict (lead_id, id);

-- Intents to act. dedupe is the identity of the intent: it exists once, for ever.
CREATE TABLE job (
    id BIGINT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    version BIGINT NOT NULL,
    payload TEXT NOT NULL,
    client_id BIGINT NOT NULL,
    lead_id BIGINT,
    call_id BIGINT,
    about TEXT NOT NULL,
    dedupe TEXT UNIQUE,
    lane TEXT NOT NULL,
    priority BIGINT NOT NULL,
    state TEXT NOT NULL,
    run_at BIGINT NOT NULL,
    useful_until BIGINT,
    attempt BIGINT NOT NULL,
    max_attempts BIGINT NOT NULL,
    -- Counts the runs: whoever has not the current number has lost the job.
    fence BIGINT NOT NULL DEFAULT 0,
    lease_node BIGINT,
    lease_until BIGINT,
    reason TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX job_ready ON job (lane, priority, client_id, run_at) WHERE state = 'ready';
-- The state again, so that the planner prefers it to job_list, which would walk every due job.
CREATE INDEX job_useful ON job (state, useful_until) WHERE state = 'ready';
CREATE INDEX job_list ON job (state, run_at, id);
CREATE INDEX job_lead ON job (lead_id, state);

-- Attempts to call, and calls that came in. control_url is a secret.
CREATE TABLE call (
    id BIGINT NOT NULL PRIMARY KEY,
    client_id BIGINT NOT NULL,
    lead_id BIGINT,
    job_id BIGINT,
    direction TEXT NOT NULL,
    episode BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    provider TEXT NOT NULL,
    provider_call_id TEXT,
    status TEXT NOT NULL,
    outcome TEXT,
    why TEXT NOT NULL,
    ended_reason TEXT NOT NULL,
    phone TEXT NOT NULL,
    who TEXT NOT NULL,
    control_url TEXT,
    started_at BIGINT,
    ended_at BIGINT,
    cost_micros BIGINT NOT NULL,
    summary TEXT NOT NULL,
    transcript TEXT NOT NULL,
    analysis TEXT NOT NULL,
    last_line TEXT NOT NULL,
    reported BOOLEAN NOT NULL,
    sandbox BOOLEAN NOT NULL,
    lookups BIGINT NOT NULL,
    callback_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX call_provider ON call (provider_call_id, provider);
CREATE INDEX call_open ON call (provider, client_id) WHERE status NOT IN ('ended', 'refused');
CREATE INDEX call_unreported ON call (updated_at) WHERE status = 'ended' AND NOT reported;
CREATE INDEX call_lead ON call (lead_id, id);
CREATE INDEX call_client ON call (client_id, id);
CREATE INDEX call_job ON call (job_id);

-- Answers given to an assistant's tools: the same question hears the same answer.
CREATE TABLE tool_call (
    provider TEXT NOT NULL,
    provider_call_id TEXT NOT NULL,
    tool_call_id TEXT NOT NULL,
    name TEXT NOT NULL,
    result TEXT NOT NULL,
    is_error BOOLEAN NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (provider, provider_call_id, tool_call_id)
);

CREATE TABLE appointment (
    id BIGINT NOT NULL PRIMARY KEY,
    client_id BIGINT NOT NULL REFERENCES client (id),
    lead_id BIGINT,
    call_id BIGINT,
    who TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    status TEXT NOT NULL,
    note TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX appointment_slot ON appointment (client_id, starts_at) WHERE status = 'booked';
CREATE INDEX appointment_time ON appointment (starts_at);
CREATE INDEX appointment_lead ON appointment (lead_id);

-- Verified deliveries, stored before they are acknowledged.
CREATE TABLE webhook (
    id BIGINT NOT NULL PRIMARY KEY,
    provider TEXT NOT NULL,
    event_key TEXT NOT NULL,
    client_id BIGINT NOT NULL,
    call_id BIGINT,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    note TEXT NOT NULL,
    deliveries BIGINT NOT NULL,
    -- An LZ4 block, and the bytes it was made of.
    body BYTEA NOT NULL,
    size BIGINT NOT NULL,
    reply TEXT NOT NULL,
    agent TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    applied_at BIGINT
);
CREATE UNIQUE INDEX webhook_event ON webhook (event_key, provider);
CREATE INDEX webhook_bad ON webhook (status, id) WHERE status IN ('failed', 'unmatched');
CREATE INDEX webhook_call ON webhook (call_id);

-- What happened, in commit order. On PostgreSQL numbers become visible out of order, so the
-- committing transaction is kept and orders first.
CREATE TABLE event (
--sqlite:    seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
--postgres:    seq BIGINT NOT NULL PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
--sqlite:    tx BIGINT NOT NULL DEFAULT 0,
--postgres:    tx BIGINT NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    client_id BIGINT NOT NULL,
    lead_id BIGINT,
    subject TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    actor TEXT NOT NULL,
    text TEXT NOT NULL,
    data TEXT NOT NULL
);
--postgres:CREATE INDEX event_order ON event (tx, seq);
CREATE INDEX event_lead ON event (lead_id) WHERE lead_id IS NOT NULL;
CREATE INDEX event_subject ON event (subject_id);
--sqlite:CREATE INDEX event_client ON event (client_id, seq);
--postgres:CREATE INDEX event_client ON event (client_id, tx, seq);

-- Errors by cause, and the latest times each happened.
CREATE TABLE fault (
    id BIGINT NOT NULL PRIMARY KEY,
    fingerprint TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    service TEXT NOT NULL,
    client_id BIGINT NOT NULL,
    severity TEXT NOT NULL,
    message TEXT NOT NULL,
    count BIGINT NOT NULL,
    total BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    acked_at BIGINT,
    acked_by TEXT
);
CREATE INDEX fault_open ON fault (last_at) WHERE acked_at IS NULL;
CREATE INDEX fault_acked ON fault (last_at) WHERE acked_at IS NOT NULL;
CREATE TABLE fault_instance (
    id BIGINT NOT NULL PRIMARY KEY,
    fault_id BIGINT NOT NULL REFERENCES fault (id),
    at BIGINT NOT NULL,
    message TEXT NOT NULL,
    subject TEXT NOT NULL,
    subject_id TEXT NOT NULL
);
CREATE INDEX fault_instance_fault ON fault_instance (fault_id, id);
CREATE INDEX fault_instance_at ON fault_instance (at);

CREATE TABLE import (
    id BIGINT NOT NULL PRIMARY KEY,
    client_id BIGINT NOT NULL,
    label TEXT NOT NULL,
    status TEXT NOT NULL,
    dry_run BOOLEAN NOT NULL,
    spec TEXT NOT NULL,
    content_type TEXT NOT NULL,
    digest TEXT NOT NULL,
    node BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    bytes_done BIGINT NOT NULL,
    next_row BIGINT NOT NULL,
    counts TEXT NOT NULL,
    columns TEXT NOT NULL,
    actor TEXT NOT NULL,
    note TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX import_open ON import (status) WHERE status IN ('receiving', 'running');
CREATE INDEX import_digest ON import (client_id, digest);
-- What was wrong with rows: refusals, and warnings about rows that were taken.
CREATE TABLE import_reject (
    import_id BIGINT NOT NULL REFERENCES import (id),
    row_no BIGINT NOT NULL,
    field TEXT NOT NULL,
    reason TEXT NOT NULL,
    warning BOOLEAN NOT NULL,
    PRIMARY KEY (import_id, row_no, field, warning)
);

-- What operators and clients did. request makes an action happen once.
CREATE TABLE audit (
    id BIGINT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    client_id BIGINT NOT NULL,
    detail TEXT NOT NULL,
    address TEXT NOT NULL,
    request TEXT UNIQUE,
    receipt TEXT NOT NULL
);

-- The last slot each scheduled job was enqueued for, and how it ended.
CREATE TABLE schedule (
    name TEXT NOT NULL PRIMARY KEY,
    last_slot BIGINT NOT NULL,
    done_at BIGINT,
    note TEXT NOT NULL
);

-- Holds and circuit breakers of provider accounts; also the row that PostgreSQL locks while
-- slots are counted. client_id 0 is the account as a whole.
CREATE TABLE provider_state (
    provider TEXT NOT NULL,
    client_id BIGINT NOT NULL,
    hold_until BIGINT,
    hold_reason TEXT NOT NULL,
    breaker TEXT NOT NULL,
    PRIMARY KEY (provider, client_id)
);
