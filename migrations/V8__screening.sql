-- Oldest program that may run on it: 8
-- An older one reads and writes a column that is gone.

-- Do-not-call lists of countries, and when each was last whole.
CREATE TABLE screening_list (
    name TEXT NOT NULL PRIMARY KEY,
    -- Date of the newest whole list; everybody who is not on it is clear as of then.
    whole_as_of BIGINT,
    -- Date of the newest check of some numbers.
    checked_as_of BIGINT,
    rows_read BIGINT NOT NULL,
    brought_by TEXT NOT NULL,
    brought_at BIGINT NOT NULL
);

-- What a list says of a number. Numbers of a whole list that is no longer the newest go.
CREATE TABLE screening (
    address TEXT NOT NULL,
    list TEXT NOT NULL,
    listed BOOLEAN NOT NULL,
    as_of BIGINT NOT NULL,
    PRIMARY KEY (address, list)
--postgres:);
--sqlite:) STRICT, WITHOUT ROWID;
CREATE INDEX screening_age ON screening (list, as_of);

-- Promised calls back are listed by their time.
CREATE INDEX call_promised ON call (callback_at, id) WHERE callback_at IS NOT NULL;
CREATE INDEX call_promised_by ON call (client_id, callback_at, id) WHERE callback_at IS NOT NULL;

-- Nothing ever wrote it: what a list says belongs to the number, not to one of its leads.
ALTER TABLE lead DROP COLUMN screened_at;
