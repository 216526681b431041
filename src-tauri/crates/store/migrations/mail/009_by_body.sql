-- What is missing or no longer to be kept is found by folder and date, without a look at all mail in every pass.
DROP INDEX message_without_body;
CREATE INDEX message_by_body ON message (server_folder_id, body_state, date_at, uid);
