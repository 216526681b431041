-- Rows in the order in which they come: the pages fill up from the end, whatever message they are of. With message_id as
-- the key each landed between others, and a third of the file was the space that splitting pages leaves.
CREATE TABLE raw_message_new (
    id INTEGER PRIMARY KEY,
    -- message.id of the other database: never reused.
    message_id INTEGER NOT NULL,
    -- How `data` is kept: 1 zstd, 2 zstd in a file of its own beside this database, which `data` names (empty: the first).
    codec INTEGER NOT NULL CHECK (codec IN (1, 2)),
    -- Bytes before compression.
    raw_size INTEGER NOT NULL,
    data BLOB NOT NULL
) STRICT;
INSERT INTO raw_message_new (message_id, codec, raw_size, data)
    SELECT message_id, codec, raw_size, data FROM raw_message ORDER BY message_id;
DROP TABLE raw_message;
ALTER TABLE raw_message_new RENAME TO raw_message;
CREATE UNIQUE INDEX raw_message_of ON raw_message (message_id);
CREATE INDEX raw_message_file ON raw_message (message_id) WHERE codec = 2;
CREATE INDEX raw_message_small ON raw_message (message_id) WHERE codec = 1 AND raw_size < 8192;
