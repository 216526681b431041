-- Large messages that are coming in piece by piece: how much of each is on the disk, in a file of its own in the vault.
CREATE TABLE incoming (
    message_id INTEGER PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    -- Where the server has what came so far. Anything else is another message, and begins anew.
    uid_validity INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    -- Bytes of the message that are here, and of the file that holds them: what the file has beyond is not to be read.
    raw_bytes INTEGER NOT NULL,
    file_bytes INTEGER NOT NULL
) STRICT;

-- A message that moves or is renumbered begins anew.
CREATE TRIGGER incoming_void AFTER UPDATE OF uid, server_folder_id ON message
WHEN old.uid IS NOT new.uid OR old.server_folder_id <> new.server_folder_id BEGIN
    DELETE FROM incoming WHERE message_id = new.id;
END;

-- It is here in another way, or cannot be had.
CREATE TRIGGER incoming_settled AFTER UPDATE OF body_state ON message WHEN new.body_state <> 'none' BEGIN
    DELETE FROM incoming WHERE message_id = new.id;
END;

-- Its file goes with the next sweep.
CREATE TRIGGER incoming_gone AFTER DELETE ON incoming BEGIN
    INSERT OR IGNORE INTO vault_garbage (message_id) VALUES (old.message_id);
END;
