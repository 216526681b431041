-- Few messages have a body that the server does not give; they are asked for again at each start.
CREATE INDEX message_body_unavailable ON message (id) WHERE body_state = 'unavailable';
