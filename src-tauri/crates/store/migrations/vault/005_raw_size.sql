-- The sum of the sizes is asked for whenever the use of the disk is shown: without this it reads every message.
CREATE INDEX raw_message_size ON raw_message (raw_size);
