-- Oldest program that may run on it: 7
-- The ledger of follow-ups is read by itself, newest first, for everybody and for one client.
CREATE INDEX job_follow_up ON job (id) WHERE unique_key LIKE 'follow-up:%';
CREATE INDEX job_follow_up_client ON job (client_id, id) WHERE unique_key LIKE 'follow-up:%';

-- Channels by which Google says that something changed in a client's calendar. Two of one client
-- overlap while one takes the other's place.
CREATE TABLE calendar_channel (
    id TEXT NOT NULL PRIMARY KEY,
    client_id BIGINT NOT NULL,
    calendar TEXT NOT NULL,
    secret TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX calendar_channel_client ON calendar_channel (client_id);
