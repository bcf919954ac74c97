-- The queue's schema, in a file (SQLite) or schema (PostgreSQL) of its own. Times are microseconds UTC.
-- A message's key is topic.id * 2^44 + its number in the topic; numbers have no gaps and follow the order of
-- commits, because every publisher holds the topic's row. A consumer's cursor is the last number handed out:
-- what lies behind it and is not done has a row in delivery or dead.
CREATE TABLE topic (id ${id}, name TEXT NOT NULL UNIQUE, next BIGINT NOT NULL, bytes BIGINT NOT NULL, consumers BIGINT NOT NULL); -- next number; bytes of all bodies ever
CREATE TABLE consumer (
  id ${id}, topic_id BIGINT NOT NULL REFERENCES topic(id), name TEXT NOT NULL, seq_cursor BIGINT NOT NULL, bytes BIGINT NOT NULL, -- bytes: of topic.bytes, up to the cursor
  UNIQUE (topic_id, name)
);
CREATE TABLE message (key ${id}, id TEXT NOT NULL, at BIGINT NOT NULL, pending BIGINT NOT NULL, body ${bytes} NOT NULL); -- id '': drawn by the queue; pending: consumers not done
CREATE TABLE seen (topic_id BIGINT NOT NULL, id TEXT NOT NULL, key BIGINT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (topic_id, id)) ${without_rowid};
CREATE TABLE delivery ( -- handed out or waiting for the next attempt; due: end of the lease or of the wait
  consumer_id BIGINT NOT NULL, key BIGINT NOT NULL, due BIGINT NOT NULL, leased BOOLEAN NOT NULL, attempts BIGINT NOT NULL, fence BIGINT NOT NULL, size BIGINT NOT NULL,
  PRIMARY KEY (consumer_id, key)
) ${without_rowid};
CREATE INDEX delivery_due ON delivery(consumer_id, due);
CREATE TABLE dead (
  seq ${seq}, topic_id BIGINT NOT NULL, consumer_id BIGINT NOT NULL, key BIGINT NOT NULL, attempts BIGINT NOT NULL, fence BIGINT NOT NULL, size BIGINT NOT NULL, died BIGINT NOT NULL, reason ${json} NOT NULL,
  UNIQUE (consumer_id, key)
);
CREATE INDEX dead_topic ON dead(topic_id, seq);
