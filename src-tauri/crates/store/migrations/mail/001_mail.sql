-- The hot database: all that the list, the sidebar and the queue need. Times are milliseconds since 1970 UTC (x_at).

CREATE TABLE account (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL DEFAULT '',
    email TEXT NOT NULL UNIQUE COLLATE NOCASE,
    imap_host TEXT NOT NULL,
    imap_port INTEGER NOT NULL,
    imap_tls TEXT NOT NULL CHECK (imap_tls IN ('implicit', 'starttls', 'none')),
    smtp_host TEXT NOT NULL,
    smtp_port INTEGER NOT NULL,
    smtp_tls TEXT NOT NULL CHECK (smtp_tls IN ('implicit', 'starttls', 'none')),
    user TEXT NOT NULL,
    -- A private certificate authority, PEM; empty where there is none.
    ca_pem TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE folder (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    -- The name on the wire, exactly as the server lists it: it is what SELECT gets.
    raw TEXT NOT NULL,
    path TEXT NOT NULL,
    name TEXT NOT NULL,
    delimiter TEXT NOT NULL DEFAULT '',
    role TEXT NOT NULL DEFAULT 'other'
        CHECK (role IN ('inbox', 'drafts', 'sent', 'archive', 'junk', 'trash', 'all', 'flagged', 'other')),
    selectable INTEGER NOT NULL DEFAULT 1,
    -- 1: made here, the server has yet to hear of it.
    local_only INTEGER NOT NULL DEFAULT 0,
    -- 1: the server no longer lists it. Hidden, nothing is deleted.
    gone INTEGER NOT NULL DEFAULT 0,
    -- 0: never selected.
    uid_validity INTEGER NOT NULL DEFAULT 0,
    -- Every message with bottom_uid <= UID < top_uid has a row, or is gone from the server.
    top_uid INTEGER NOT NULL DEFAULT 0,
    bottom_uid INTEGER NOT NULL DEFAULT 0,
    -- Flags are known up to here; 0 where the server keeps no modification sequence.
    modseq INTEGER NOT NULL DEFAULT 0,
    -- Kept by triggers.
    message_count INTEGER NOT NULL DEFAULT 0,
    unread_count INTEGER NOT NULL DEFAULT 0,
    UNIQUE (account_id, raw)
) STRICT;

CREATE TABLE message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    -- Where it is shown: the server's folder with the queued moves on top.
    folder_id INTEGER NOT NULL REFERENCES folder (id) ON DELETE CASCADE,
    -- Where the server has it, as far as we know; uid is NULL while it moves and the new one is not known.
    server_folder_id INTEGER NOT NULL REFERENCES folder (id) ON DELETE CASCADE,
    uid INTEGER,
    -- Flags bits (postroom_types::Flags): as the server has them, and as shown (with the queued changes on top).
    server_flags INTEGER NOT NULL DEFAULT 0,
    flags INTEGER NOT NULL DEFAULT 0,
    -- 1: removed for good here, the server has yet to hear of it.
    hidden INTEGER NOT NULL DEFAULT 0,
    date_at INTEGER NOT NULL,
    size INTEGER NOT NULL DEFAULT 0,
    -- JSON lists of {"name", "email"}.
    sender TEXT NOT NULL DEFAULT '[]',
    recipient TEXT NOT NULL DEFAULT '[]',
    subject TEXT NOT NULL DEFAULT '',
    preview TEXT NOT NULL DEFAULT '',
    -- Without angle brackets; empty where there is none.
    message_id_header TEXT NOT NULL DEFAULT '',
    has_attachments INTEGER NOT NULL DEFAULT 0,
    body_state TEXT NOT NULL DEFAULT 'none' CHECK (body_state IN ('none', 'stored', 'unavailable'))
) STRICT;

CREATE UNIQUE INDEX message_by_uid ON message (server_folder_id, uid) WHERE uid IS NOT NULL;
CREATE INDEX message_moving ON message (server_folder_id, message_id_header) WHERE uid IS NULL;
CREATE INDEX message_by_date ON message (folder_id, date_at DESC, id DESC) WHERE hidden = 0;
CREATE INDEX message_without_body ON message (account_id, date_at DESC) WHERE body_state = 'none';

-- Folded subject and people, for the search that does without full text.
CREATE TABLE message_find (
    message_id INTEGER PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    folded TEXT NOT NULL
) STRICT;

-- What the user did and the server has yet to hear of, in order.
CREATE TABLE operation (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    message_id INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('flags', 'move', 'expunge')),
    add_flags INTEGER NOT NULL DEFAULT 0,
    remove_flags INTEGER NOT NULL DEFAULT 0,
    target_folder_id INTEGER REFERENCES folder (id) ON DELETE CASCADE,
    state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent')),
    created_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX operation_by_account ON operation (account_id, id);
CREATE INDEX operation_by_message ON operation (message_id, id);

-- Messages that were being parsed when the program died: never parsed again by themselves, shown as source.
CREATE TABLE quarantine (
    folder_id INTEGER NOT NULL REFERENCES folder (id) ON DELETE CASCADE,
    uid INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (folder_id, uid)
) STRICT, WITHOUT ROWID;

CREATE TABLE quarantined_message (
    message_id INTEGER PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL
) STRICT;

-- Senders whose remote pictures are shown.
CREATE TABLE trusted_sender (
    email TEXT PRIMARY KEY COLLATE NOCASE,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Raw messages in the vault that no row names any more; swept after the deletion is durable.
CREATE TABLE vault_garbage (
    message_id INTEGER PRIMARY KEY
) STRICT;

CREATE TRIGGER message_counted AFTER INSERT ON message WHEN new.hidden = 0 BEGIN
    UPDATE folder SET message_count = message_count + 1, unread_count = unread_count + (new.flags & 1 = 0)
    WHERE id = new.folder_id;
END;

CREATE TRIGGER message_uncounted AFTER DELETE ON message BEGIN
    UPDATE folder SET message_count = message_count - (old.hidden = 0),
        unread_count = unread_count - (old.hidden = 0 AND old.flags & 1 = 0)
    WHERE id = old.folder_id;
    INSERT OR IGNORE INTO vault_garbage (message_id) SELECT old.id WHERE old.body_state = 'stored';
END;

CREATE TRIGGER message_recounted AFTER UPDATE OF folder_id, hidden, flags ON message
WHEN old.folder_id <> new.folder_id OR old.hidden <> new.hidden OR (old.flags & 1) <> (new.flags & 1) BEGIN
    UPDATE folder SET message_count = message_count - (old.hidden = 0),
        unread_count = unread_count - (old.hidden = 0 AND old.flags & 1 = 0)
    WHERE id = old.folder_id;
    UPDATE folder SET message_count = message_count + (new.hidden = 0),
        unread_count = unread_count + (new.hidden = 0 AND new.flags & 1 = 0)
    WHERE id = new.folder_id;
END;
