-- A queued operation may also put a message of this computer into a folder. SQLite cannot widen a CHECK, so the table is
-- made anew; its numbers go on where they were.
CREATE TABLE operation_new (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    message_id INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('flags', 'move', 'expunge', 'append')),
    add_flags INTEGER NOT NULL DEFAULT 0,
    remove_flags INTEGER NOT NULL DEFAULT 0,
    target_folder_id INTEGER REFERENCES folder (id) ON DELETE CASCADE,
    state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent')),
    created_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    -- When an operation that the server refused for now may be tried again; 0: at once.
    retry_at INTEGER NOT NULL DEFAULT 0,
    -- A copy that a move makes in its target has this UID or a higher one: what is below was known before the first attempt.
    uid_floor INTEGER NOT NULL DEFAULT 0,
    -- Of an append: when the message was received, as the server is told.
    received_at INTEGER NOT NULL DEFAULT 0,
    -- Of an append, written down before it is sent for the first time: the target's UIDVALIDITY (0: never sent) and the UID
    -- below which the message cannot be.
    noted_validity INTEGER NOT NULL DEFAULT 0,
    noted_uid INTEGER NOT NULL DEFAULT 0
) STRICT;

INSERT INTO operation_new (id, account_id, message_id, kind, add_flags, remove_flags, target_folder_id, state, created_at,
    attempts, retry_at, uid_floor)
SELECT id, account_id, message_id, kind, add_flags, remove_flags, target_folder_id, state, created_at, attempts, retry_at,
    uid_floor FROM operation;
DELETE FROM sqlite_sequence WHERE name = 'operation_new';
INSERT INTO sqlite_sequence (name, seq) SELECT 'operation_new', seq FROM sqlite_sequence WHERE name = 'operation';
DROP TABLE operation;
ALTER TABLE operation_new RENAME TO operation;

CREATE INDEX operation_by_account ON operation (account_id, id);
CREATE INDEX operation_by_message ON operation (message_id, id);

-- What the server counts against a limit (QUOTA, RFC 9208), bytes; limit 0: none.
CREATE TABLE quota (
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    -- The server's name of the quota root.
    name TEXT NOT NULL,
    used_bytes INTEGER NOT NULL,
    limit_bytes INTEGER NOT NULL,
    PRIMARY KEY (account_id, name)
) STRICT, WITHOUT ROWID;

-- When the server was last asked for them.
ALTER TABLE account ADD COLUMN quota_at INTEGER NOT NULL DEFAULT 0;

-- The server's own number of a folder, which a new name does not change (MAILBOXID, RFC 8474); empty where it has none.
ALTER TABLE folder ADD COLUMN mailbox_id TEXT NOT NULL DEFAULT '';

-- 1: listed, and refused when it was to be opened. It is not tried again while the list gives no count of it.
ALTER TABLE folder ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
