-- Oldest program that may run on it: 2
-- What is long leaves the rows that are rewritten, and identities that must outlive their rows get
-- tables of their own. Indexes for statements that scanned.

--postgres:ALTER TABLE schema_migration ADD COLUMN min_program BIGINT;
--sqlite:ALTER TABLE schema_migration ADD COLUMN min_program INTEGER;

-- What was said in a call. Written once or twice, while the call's own row is rewritten often. A
-- call of which nothing was said has no row.
CREATE TABLE call_text (
    call_id BIGINT NOT NULL PRIMARY KEY,
    transcript TEXT NOT NULL,
    summary TEXT NOT NULL,
    analysis TEXT NOT NULL
);
INSERT INTO call_text (call_id, transcript, summary, analysis)
SELECT id, transcript, summary, analysis FROM call
WHERE transcript <> '' OR summary <> '' OR analysis NOT IN ('', 'null', '{}');
ALTER TABLE call DROP COLUMN transcript;
ALTER TABLE call DROP COLUMN summary;
ALTER TABLE call DROP COLUMN analysis;

-- Only calls to or from a known lead, and calls that a job placed.
DROP INDEX call_lead;
CREATE INDEX call_lead ON call (lead_id, id) WHERE lead_id IS NOT NULL;
DROP INDEX call_job;
CREATE INDEX call_job ON call (job_id) WHERE job_id IS NOT NULL;

-- Identities of intents. A key exists once, also when its job is gone.
CREATE TABLE job_key (
    key TEXT NOT NULL PRIMARY KEY,
    job_id BIGINT NOT NULL,
    at BIGINT NOT NULL
--postgres:);
--sqlite:) STRICT, WITHOUT ROWID;
INSERT INTO job_key (key, job_id, at) SELECT dedupe, id, created_at FROM job WHERE dedupe IS NOT NULL;

--postgres:ALTER TABLE job DROP CONSTRAINT job_dedupe_key;
--postgres:ALTER TABLE job RENAME COLUMN dedupe TO unique_key;
-- SQLite cannot drop a UNIQUE of a column: the table is made anew.
--sqlite:CREATE TABLE job_next (
--sqlite:    id BIGINT NOT NULL PRIMARY KEY,
--sqlite:    kind TEXT NOT NULL,
--sqlite:    version BIGINT NOT NULL,
--sqlite:    payload TEXT NOT NULL,
--sqlite:    client_id BIGINT NOT NULL,
--sqlite:    lead_id BIGINT,
--sqlite:    call_id BIGINT,
--sqlite:    about TEXT NOT NULL,
--sqlite:    unique_key TEXT,
--sqlite:    lane TEXT NOT NULL,
--sqlite:    priority BIGINT NOT NULL,
--sqlite:    state TEXT NOT NULL,
--sqlite:    run_at BIGINT NOT NULL,
--sqlite:    useful_until BIGINT,
--sqlite:    attempt BIGINT NOT NULL,
--sqlite:    max_attempts BIGINT NOT NULL,
--sqlite:    fence BIGINT NOT NULL DEFAULT 0,
--sqlite:    lease_node BIGINT,
--sqlite:    lease_until BIGINT,
--sqlite:    reason TEXT NOT NULL,
--sqlite:    created_at BIGINT NOT NULL,
--sqlite:    updated_at BIGINT NOT NULL
--sqlite:);
--sqlite:INSERT INTO job_next SELECT id, kind, version, payload, client_id, lead_id, call_id, about, dedupe,
--sqlite:    lane, priority, state, run_at, useful_until, attempt, max_attempts, fence, lease_node, lease_until,
--sqlite:    reason, created_at, updated_at FROM job;
--sqlite:DROP TABLE job;
--sqlite:ALTER TABLE job_next RENAME TO job;
--sqlite:CREATE INDEX job_ready ON job (lane, priority, client_id, run_at) WHERE state = 'ready';
--sqlite:CREATE INDEX job_useful ON job (state, useful_until) WHERE state = 'ready';
--sqlite:CREATE INDEX job_list ON job (state, run_at, id);
--sqlite:CREATE INDEX job_lead ON job (lead_id, state);
CREATE INDEX job_client ON job (client_id, state, run_at, id);
CREATE INDEX job_call ON job (call_id) WHERE call_id IS NOT NULL;

-- Identities of deliveries, and how often each came. Kept longer than the deliveries, so that a
-- provider's late repetition is still known.
CREATE TABLE webhook_key (
    event_key TEXT NOT NULL,
    provider TEXT NOT NULL,
    webhook_id BIGINT NOT NULL,
    deliveries BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (event_key, provider)
--postgres:);
--sqlite:) STRICT, WITHOUT ROWID;
INSERT INTO webhook_key (event_key, provider, webhook_id, deliveries, at)
SELECT event_key, provider, id, deliveries, received_at FROM webhook;
DROP INDEX webhook_event;
ALTER TABLE webhook DROP COLUMN deliveries;
CREATE INDEX webhook_client ON webhook (client_id, id);

-- A message may be the contact as well as a call.
ALTER TABLE contact ADD COLUMN message_id BIGINT;
CREATE INDEX contact_call ON contact (call_id) WHERE call_id IS NOT NULL;

-- Open leads, which are counted and swept, are few among all. identity may also be mail:… of a
-- person of whom no number is known.
DROP INDEX lead_stand;
CREATE INDEX lead_stand ON lead (client_id, status, hold_rule)
    WHERE status IN ('queued', 'held', 'calling', 'callback');
CREATE INDEX lead_stale ON lead (episode_at) WHERE status IN ('queued', 'held', 'callback');
CREATE INDEX lead_import ON lead (import_id, id) WHERE import_id IS NOT NULL;

CREATE INDEX appointment_client ON appointment (client_id, starts_at, id);
CREATE INDEX import_client ON import (client_id, id);
CREATE INDEX appointment_call ON appointment (call_id) WHERE call_id IS NOT NULL;
CREATE INDEX audit_client ON audit (client_id, id);

-- Numbers of events become visible out of order: what orders them is their key as well.
--postgres:ALTER TABLE event DROP CONSTRAINT event_pkey;
--postgres:DROP INDEX event_order;
--postgres:ALTER TABLE event ADD PRIMARY KEY (tx, seq);

-- A stored body is compressed already, and short rows are read as fast from the row itself.
--postgres:ALTER TABLE webhook SET (toast_tuple_target = 8160);
--postgres:ALTER TABLE call SET (toast_tuple_target = 8160);
