-- Conversations. A message's thread is the number of one of its messages; 0: not looked for yet.
ALTER TABLE message ADD COLUMN thread_id INTEGER NOT NULL DEFAULT 0;
-- Of the base subject (RFC 5256 section 2.1) a hash, 0 where there is none; and whether the message is an answer by it.
ALTER TABLE message ADD COLUMN subject_key INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN seeks INTEGER NOT NULL DEFAULT 0;

CREATE INDEX message_by_thread ON message (thread_id, date_at);
CREATE INDEX message_by_subject ON message (account_id, subject_key, seeks, date_at) WHERE subject_key <> 0;
CREATE INDEX message_without_thread ON message (id) WHERE thread_id = 0;

-- The list by conversation reads its order from this index alone.
DROP INDEX message_by_date;
CREATE INDEX message_by_date ON message (folder_id, date_at DESC, id DESC, thread_id) WHERE hidden = 0;

-- Which thread a Message-ID belongs to, as a hash, whether the message is here or only named by another.
CREATE TABLE thread_key (
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    key INTEGER NOT NULL,
    thread_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, key)
) STRICT, WITHOUT ROWID;

-- Threads that turned out to be part of another: keys may still name them.
CREATE TABLE thread_merged (
    id INTEGER PRIMARY KEY,
    into_id INTEGER NOT NULL
) STRICT;

CREATE INDEX thread_merged_into ON thread_merged (into_id);
