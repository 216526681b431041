-- In a row of codec 2, `data` names the file of the two that a message may have; an empty name is the first. Few rows are
-- of that codec, and they are asked for at every start.
CREATE INDEX raw_message_file ON raw_message (message_id) WHERE codec = 2;
