CREATE TABLE report_text (report_id BIGINT PRIMARY KEY, tokens tsvector NOT NULL);
CREATE INDEX report_text_tokens ON report_text USING gin(tokens);
-- Substrings of values, fed from the change log.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE TABLE observable_text (id BIGINT PRIMARY KEY, value TEXT NOT NULL);
CREATE INDEX observable_text_value ON observable_text USING gin(value gin_trgm_ops);
