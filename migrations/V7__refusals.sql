-- Oldest program that may run on it: 7
-- An older one writes refusals through an index that is gone.

-- A refusal that ended stays as it was, beside a later one.
DROP INDEX suppression_address;
-- Mail addresses that files refused were not written as leads have them, and so held nobody.
UPDATE suppression SET address = 'mail:' || lower(address)
WHERE address LIKE '%@%' AND address NOT LIKE 'mail:%' AND address NOT LIKE 'raw:%';
UPDATE suppression SET active = FALSE, ended_by = 'the migration', ended_at = created_at
WHERE active AND address LIKE 'mail:%' AND EXISTS (
    SELECT 1 FROM suppression s WHERE s.address = suppression.address AND s.active
        AND s.client_id = suppression.client_id AND s.channel = suppression.channel AND s.id < suppression.id);
CREATE UNIQUE INDEX suppression_active ON suppression (address, client_id, channel) WHERE active;
CREATE INDEX suppression_address ON suppression (address);
ALTER TABLE suppression ADD COLUMN ended_why TEXT;

-- Who has a number is found by a mail address as well.
CREATE INDEX lead_email ON lead (lower(email)) WHERE email <> '';
