-- The server's own number of a message, the same in whichever folder it is shown (X-GM-MSGID); empty where it has none.
ALTER TABLE message ADD COLUMN email_id TEXT NOT NULL DEFAULT '';

CREATE INDEX message_moving_id ON message (server_folder_id, email_id) WHERE uid IS NULL AND email_id <> '';
