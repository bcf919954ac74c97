-- Full text: tokens are made by us (Chinese as bigrams), so the tokenizer only splits at spaces.
-- Contentless: the text itself is in the blob store.
CREATE VIRTUAL TABLE report_text USING fts5(title, body, content='', contentless_delete=1, tokenize='ascii', detail=full);
-- Substrings of values, fed from the change log.
CREATE VIRTUAL TABLE observable_text USING fts5(value, content='observable', content_rowid='id', tokenize='trigram', detail=none);
