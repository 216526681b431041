-- Folders that lost over half of their messages at once: their rows stay until the user has said that they may go.
CREATE TABLE shrunk (
    folder_id INTEGER PRIMARY KEY REFERENCES folder (id) ON DELETE CASCADE,
    -- How many rows the server no longer has.
    gone INTEGER NOT NULL,
    noticed_at INTEGER NOT NULL,
    -- 1: the user said that so many may go.
    allowed INTEGER NOT NULL DEFAULT 0
) STRICT;
