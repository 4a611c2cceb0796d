-- Oldest program that may run on it: 3
-- An older one would let in who has a key that has ended.

-- Keys that are seen in use, that end, and that overlap while they are exchanged.
ALTER TABLE api_key ADD COLUMN last_used_at BIGINT;
ALTER TABLE api_key ADD COLUMN expires_at BIGINT;
CREATE INDEX api_key_client ON api_key (client_id, id);

-- When requests of a client were granted in the last minute, where several daemons count together.
CREATE TABLE rate (
    client_id BIGINT NOT NULL PRIMARY KEY,
    log TEXT NOT NULL
);
INSERT INTO rate (client_id, log) SELECT id, '' FROM client;

-- Files that were still arriving are looked for by whoever received them.
CREATE INDEX import_receiving ON import (node) WHERE status = 'receiving';
