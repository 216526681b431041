-- Dictionaries for small messages, trained on the profile's own mail. A frame names the one that it was made with.
CREATE TABLE dictionary (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    data BLOB NOT NULL,
    -- Messages from next_id to last_id came before it and are yet to be packed with it.
    next_id INTEGER NOT NULL,
    last_id INTEGER NOT NULL
) STRICT;

CREATE INDEX raw_message_small ON raw_message (message_id) WHERE codec = 1 AND raw_size < 8192;
