-- The cold database: raw messages, exactly as the server sent them.

CREATE TABLE raw_message (
    -- message.id of the other database: never reused.
    message_id INTEGER PRIMARY KEY,
    -- How `data` is kept: 1 zstd, 2 zstd in a file of its own beside this database (data is empty).
    codec INTEGER NOT NULL CHECK (codec IN (1, 2)),
    -- Bytes before compression.
    raw_size INTEGER NOT NULL,
    data BLOB NOT NULL
) STRICT;
