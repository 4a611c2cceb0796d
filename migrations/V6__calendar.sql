-- Oldest program that may run on it: 6
-- An older one would book over what stands in a client's own calendar, and leave there what was
-- moved or cancelled.

-- Whose calendar is whose, and how well it is known: where the next reading begins, when it was
-- last read, since when and why it cannot be.
CREATE TABLE client_calendar (
    client_id BIGINT NOT NULL PRIMARY KEY,
    calendar_id TEXT NOT NULL,
    contested BOOLEAN NOT NULL,
    zone TEXT NOT NULL,
    token TEXT,
    read_at BIGINT,
    failing_since BIGINT,
    why TEXT NOT NULL,
    told BOOLEAN NOT NULL
);

-- What stands in calendars. One event may stand in several under the same id.
CREATE TABLE calendar_event (
    calendar_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    client_id BIGINT NOT NULL,
    appointment_id BIGINT,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    busy BOOLEAN NOT NULL,
    all_day BOOLEAN NOT NULL,
    tentative BOOLEAN NOT NULL,
    title TEXT,
    series TEXT,
    changed_at BIGINT,
    etag TEXT,
    PRIMARY KEY (calendar_id, event_id)
);
CREATE INDEX calendar_event_client ON calendar_event (client_id, ends_at);

-- The event of an appointment: which of its ids is used, what is known of it (never, unsure,
-- verified, deleted), and how it was last shown.
CREATE TABLE appointment_event (
    appointment_id BIGINT NOT NULL PRIMARY KEY,
    client_id BIGINT NOT NULL,
    calendar_id TEXT NOT NULL,
    generation BIGINT NOT NULL,
    state TEXT NOT NULL,
    starts_at BIGINT,
    ends_at BIGINT,
    seen_at BIGINT,
    changed_at BIGINT,
    etag TEXT
);

-- A time that the business set itself may stand beside others.
ALTER TABLE appointment ADD COLUMN by_staff BOOLEAN NOT NULL DEFAULT FALSE;
DROP INDEX appointment_slot;
CREATE UNIQUE INDEX appointment_slot ON appointment (client_id, starts_at)
    WHERE status = 'booked' AND NOT by_staff;
