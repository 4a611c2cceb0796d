-- Oldest program that may run on it: 5
-- An older one would leave planned messages standing when a person opts out or an appointment is
-- cancelled.

-- Texts and emails, sent and received. Statuses only rise. provider_id is the provider's name of
-- it; mail_id the Message-ID of an email.
CREATE TABLE message (
    id BIGINT NOT NULL PRIMARY KEY,
    client_id BIGINT NOT NULL,
    lead_id BIGINT,
    appointment_id BIGINT,
    job_id BIGINT,
    direction TEXT NOT NULL,
    channel TEXT NOT NULL,
    kind TEXT NOT NULL,
    purpose TEXT NOT NULL,
    provider TEXT NOT NULL,
    provider_id TEXT,
    mail_id TEXT,
    address TEXT NOT NULL,
    sender TEXT NOT NULL,
    who TEXT NOT NULL,
    status TEXT NOT NULL,
    code TEXT NOT NULL,
    why TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    segments BIGINT NOT NULL,
    cost_micros BIGINT NOT NULL,
    lookups BIGINT NOT NULL,
    sandbox BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX message_provider ON message (provider_id, provider) WHERE provider_id IS NOT NULL;
CREATE INDEX message_lead ON message (lead_id, id) WHERE lead_id IS NOT NULL;
CREATE INDEX message_appointment ON message (appointment_id) WHERE appointment_id IS NOT NULL;
CREATE INDEX message_job ON message (job_id) WHERE job_id IS NOT NULL;
CREATE INDEX message_client ON message (client_id, id);
-- What is still to be heard of: the sweep asks the provider.
CREATE INDEX message_open ON message (updated_at) WHERE status IN ('sending', 'uncertain', 'accepted');
-- What went out lately, for the caps of an account.
CREATE INDEX message_lately ON message (provider, created_at) WHERE direction = 'outbound';

-- What a message says. Apart, since its row is rewritten while it is on its way.
CREATE TABLE message_text (
    message_id BIGINT NOT NULL PRIMARY KEY,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    html TEXT NOT NULL
);

-- How often an appointment changed; who made it; when it last changed.
ALTER TABLE appointment ADD COLUMN sequence BIGINT NOT NULL DEFAULT 0;
ALTER TABLE appointment ADD COLUMN made_by TEXT NOT NULL DEFAULT '';
ALTER TABLE appointment ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;

-- The instant from which an account or sender may send again: requests are spaced by it.
ALTER TABLE provider_state ADD COLUMN paced_to BIGINT NOT NULL DEFAULT 0;
