-- A quarantined message is known by its row as soon as it has one: UIDs change, rows do not. Only what the server has and
-- we have no row for is known by folder and UID.
INSERT OR IGNORE INTO quarantined_message (message_id, created_at)
    SELECT message.id, quarantine.created_at FROM quarantine
    JOIN message ON message.server_folder_id = quarantine.folder_id AND message.uid = quarantine.uid;
DELETE FROM quarantine WHERE EXISTS (
    SELECT 1 FROM message WHERE message.server_folder_id = quarantine.folder_id AND message.uid = quarantine.uid);

-- When an operation that the server refused for now may be tried again; 0: at once.
ALTER TABLE operation ADD COLUMN retry_at INTEGER NOT NULL DEFAULT 0;

-- A copy that a move makes in its target has this UID or a higher one: what is below was known before the first attempt.
ALTER TABLE operation ADD COLUMN uid_floor INTEGER NOT NULL DEFAULT 0;

-- While uid is NULL after a move: the copy in the target has this UID or a higher one. 0: any.
ALTER TABLE message ADD COLUMN uid_floor INTEGER NOT NULL DEFAULT 0;

-- Where the account's own folders stand, such as 'INBOX.' (NAMESPACE, RFC 2342), as on the wire.
ALTER TABLE account ADD COLUMN namespace_prefix TEXT NOT NULL DEFAULT '';
