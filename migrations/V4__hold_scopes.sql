-- Oldest program that may run on it: 4
-- An older one would look for the hold of the account in columns that are gone, and call on.

-- Holds by what a refusal of the provider is about: the account, one client, or whoever uses one
-- assistant or one number of ours.
CREATE TABLE provider_hold (
    provider TEXT NOT NULL,
    scope TEXT NOT NULL,
    hold_until BIGINT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (provider, scope)
);
INSERT INTO provider_hold (provider, scope, hold_until, reason)
SELECT provider, 'account', hold_until, hold_reason FROM provider_state
WHERE client_id = 0 AND hold_until IS NOT NULL;

ALTER TABLE provider_state DROP COLUMN hold_until;
ALTER TABLE provider_state DROP COLUMN hold_reason;
