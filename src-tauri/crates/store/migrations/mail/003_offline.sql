-- How much of the mail is kept on this computer. A number of months; -1 all of it, 0 headers alone, -2 as the account says.
ALTER TABLE account ADD COLUMN keep_months INTEGER NOT NULL DEFAULT -1;
ALTER TABLE folder ADD COLUMN keep_months INTEGER NOT NULL DEFAULT -2;

-- Bytes of mail (as the server counts them) that an account may keep here, the newest first; 0: no limit.
ALTER TABLE account ADD COLUMN budget_bytes INTEGER NOT NULL DEFAULT 53687091200;

-- Older mail is beyond the budget; 0 while all fits.
ALTER TABLE account ADD COLUMN keep_from_at INTEGER NOT NULL DEFAULT 0;

CREATE INDEX message_by_age ON message (account_id, date_at DESC, size);
