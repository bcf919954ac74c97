-- The one schema, written once for both engines. Words in dollar braces are spelled by each dialect:
-- bytes BLOB or BYTEA, json TEXT, seq an ascending key made by the engine.
-- Conventions: times are microseconds UTC; uuid NULL means "derived from id and created" (package id);
-- version counts edits from 1; every row with meaning has acl_id; ids come from seq('item').

CREATE TABLE seq (name TEXT PRIMARY KEY, next BIGINT NOT NULL);
INSERT INTO seq(name, next) VALUES('item', 101); -- fixed numbers below: organisation 1, roles 1 to 6
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);

-- who -----------------------------------------------------------------------------------------
CREATE TABLE organisation (
  id ${id}, uuid ${bytes} NOT NULL UNIQUE, name TEXT NOT NULL, name_key TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL DEFAULT '', local BOOLEAN NOT NULL, props ${json},
  created BIGINT NOT NULL, modified BIGINT NOT NULL, version BIGINT NOT NULL, deleted BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE TABLE role (
  id ${id}, name TEXT NOT NULL, name_key TEXT NOT NULL UNIQUE, permissions ${json} NOT NULL,
  clearance SMALLINT NOT NULL, builtin BOOLEAN NOT NULL, version BIGINT NOT NULL
);
CREATE TABLE account (
  id ${id}, uuid ${bytes} NOT NULL UNIQUE, org_id BIGINT NOT NULL REFERENCES organisation(id),
  role_id BIGINT NOT NULL REFERENCES role(id), email TEXT NOT NULL, email_key TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
  password TEXT, password_at BIGINT, totp ${bytes}, totp_on BOOLEAN NOT NULL DEFAULT FALSE, totp_step BIGINT NOT NULL DEFAULT 0, -- last step used
  recovery ${json}, locale TEXT NOT NULL DEFAULT '', settings ${json},
  disabled BOOLEAN NOT NULL DEFAULT FALSE, must_change BOOLEAN NOT NULL DEFAULT FALSE,
  created BIGINT NOT NULL, last_login BIGINT, version BIGINT NOT NULL, deleted BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE TABLE session (
  hash ${bytes} PRIMARY KEY, id BIGINT NOT NULL UNIQUE, account_id BIGINT NOT NULL REFERENCES account(id),
  created BIGINT NOT NULL, seen BIGINT NOT NULL, verified BIGINT NOT NULL, -- when the password was last proved
  expires BIGINT NOT NULL, address TEXT NOT NULL, agent TEXT NOT NULL
);
CREATE INDEX session_account ON session(account_id);
CREATE TABLE api_key (
  id ${id}, hash ${bytes} NOT NULL UNIQUE, prefix TEXT NOT NULL, account_id BIGINT NOT NULL REFERENCES account(id),
  name TEXT NOT NULL, permissions ${json}, addresses ${json}, created BIGINT NOT NULL, expires BIGINT, used BIGINT,
  used_address TEXT NOT NULL DEFAULT '', revoked BIGINT, version BIGINT NOT NULL
);
CREATE INDEX api_key_account ON api_key(account_id);
CREATE TABLE team ( -- groups of users, for releasable-to and eyes-only
  id ${id}, uuid ${bytes} NOT NULL UNIQUE, name TEXT NOT NULL, name_key TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL DEFAULT '', created BIGINT NOT NULL, version BIGINT NOT NULL
);
CREATE TABLE team_member (team_id BIGINT NOT NULL REFERENCES team(id), account_id BIGINT NOT NULL REFERENCES account(id), PRIMARY KEY (team_id, account_id));
CREATE INDEX team_member_account ON team_member(account_id);
CREATE TABLE sharing_group (
  id ${id}, uuid ${bytes} NOT NULL UNIQUE, name TEXT NOT NULL, releasability TEXT NOT NULL DEFAULT '',
  description TEXT NOT NULL DEFAULT '', owner_org BIGINT NOT NULL REFERENCES organisation(id), active BOOLEAN NOT NULL DEFAULT TRUE,
  props ${json}, created BIGINT NOT NULL, modified BIGINT NOT NULL, version BIGINT NOT NULL
);
CREATE TABLE sharing_group_org (
  group_id BIGINT NOT NULL REFERENCES sharing_group(id), org_id BIGINT NOT NULL REFERENCES organisation(id),
  extend BOOLEAN NOT NULL DEFAULT FALSE, PRIMARY KEY (group_id, org_id)
);
CREATE INDEX sharing_group_org_org ON sharing_group_org(org_id);
CREATE TABLE login_attempt (key TEXT PRIMARY KEY, failures BIGINT NOT NULL, since BIGINT NOT NULL, until BIGINT NOT NULL);
CREATE TABLE setup_link (hash ${bytes} PRIMARY KEY, purpose TEXT NOT NULL, account_id BIGINT, created BIGINT NOT NULL, expires BIGINT NOT NULL);
CREATE TABLE saved_view (
  id ${id}, account_id BIGINT NOT NULL REFERENCES account(id), page TEXT NOT NULL, name TEXT NOT NULL,
  query TEXT NOT NULL, shared BOOLEAN NOT NULL DEFAULT FALSE, version BIGINT NOT NULL
);
CREATE INDEX saved_view_account ON saved_view(account_id, page);

-- access labels, interned -----------------------------------------------------------------------
CREATE TABLE acl (id ${id}, hash ${bytes} NOT NULL UNIQUE, label ${json} NOT NULL);

-- where from --------------------------------------------------------------------------------------
CREATE TABLE publisher (id ${id}, name TEXT NOT NULL, name_key TEXT NOT NULL UNIQUE);
CREATE TABLE source (
  id ${id}, uuid ${bytes} NOT NULL UNIQUE, kind TEXT NOT NULL, name TEXT NOT NULL, name_key TEXT NOT NULL, org_id BIGINT NOT NULL REFERENCES organisation(id),
  acl_id BIGINT NOT NULL REFERENCES acl(id), publisher_id BIGINT NOT NULL REFERENCES publisher(id), plane TEXT NOT NULL,
  reliability SMALLINT NOT NULL DEFAULT 0, config ${json} NOT NULL, secrets ${bytes}, secret_names ${json}, schedule TEXT NOT NULL DEFAULT '',
  enabled BOOLEAN NOT NULL, builtin BOOLEAN NOT NULL DEFAULT FALSE, accept SMALLINT NOT NULL DEFAULT 0, claim_acl BIGINT NOT NULL REFERENCES acl(id), -- default label of what it brings
  tags ${json}, options ${json}, created BIGINT NOT NULL, modified BIGINT NOT NULL, version BIGINT NOT NULL, deleted BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE UNIQUE INDEX source_name ON source(org_id, name_key) WHERE NOT deleted;
CREATE UNIQUE INDEX source_builtin ON source(org_id, kind) WHERE builtin;
CREATE TABLE source_state ( -- written by the machine, apart from what people edit
  source_id BIGINT PRIMARY KEY REFERENCES source(id), cursor ${bytes}, next_run BIGINT, failures BIGINT NOT NULL DEFAULT 0,
  last_run BIGINT, last_success BIGINT, last_item BIGINT, failing_since BIGINT, last_error TEXT NOT NULL DEFAULT '', lease_owner TEXT NOT NULL DEFAULT '', lease_until BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX source_state_due ON source_state(next_run);
CREATE TABLE source_run (
  id ${id}, source_id BIGINT NOT NULL REFERENCES source(id), started BIGINT NOT NULL, ended BIGINT,
  outcome TEXT NOT NULL, items BIGINT NOT NULL DEFAULT 0, fresh BIGINT NOT NULL DEFAULT 0, skipped BIGINT NOT NULL DEFAULT 0, error TEXT NOT NULL DEFAULT '', log ${json}
);
CREATE INDEX source_run_source ON source_run(source_id, id);

-- values ------------------------------------------------------------------------------------------
CREATE TABLE observable ( -- one row per distinct value; reference types (CVE, technique) share the id with their entity
  id ${id}, class SMALLINT NOT NULL, vhash ${bytes} NOT NULL, value TEXT NOT NULL
);
CREATE UNIQUE INDEX observable_vhash ON observable(vhash);
CREATE TABLE net_key (plen SMALLINT NOT NULL, lo ${bytes} NOT NULL, observable_id BIGINT NOT NULL, PRIMARY KEY (lo, plen, observable_id)) ${without_rowid};
CREATE TABLE net_length (plen SMALLINT PRIMARY KEY);
CREATE TABLE kin_key (domain TEXT NOT NULL, observable_id BIGINT NOT NULL, PRIMARY KEY (domain, observable_id)) ${without_rowid};
CREATE TABLE listed (observable_id BIGINT NOT NULL, list_id BIGINT NOT NULL, PRIMARY KEY (observable_id, list_id)) ${without_rowid};

-- reports -----------------------------------------------------------------------------------------
CREATE TABLE report (
  id ${id}, uuid ${bytes}, kind TEXT NOT NULL, title TEXT NOT NULL, summary TEXT NOT NULL DEFAULT '', lang TEXT NOT NULL DEFAULT '', url TEXT NOT NULL DEFAULT '',
  source_id BIGINT NOT NULL REFERENCES source(id), publisher_id BIGINT NOT NULL REFERENCES publisher(id), acl_id BIGINT NOT NULL REFERENCES acl(id),
  published BIGINT, observed BIGINT, created BIGINT NOT NULL, modified BIGINT NOT NULL,
  state SMALLINT NOT NULL, assignee BIGINT, reviewed BIGINT, reviewer BIGINT, residue ${json},
  version BIGINT NOT NULL, deleted BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX report_source ON report(source_id, id);
CREATE INDEX report_state ON report(state, id);
CREATE INDEX report_published ON report(published, id);
CREATE TABLE delivery ( -- (source, item key) → report, so that what is read again finds its report
  source_id BIGINT NOT NULL, key_hash ${bytes} NOT NULL, report_id BIGINT NOT NULL REFERENCES report(id), PRIMARY KEY (source_id, key_hash)
) ${without_rowid};
CREATE INDEX delivery_report ON delivery(report_id);
CREATE TABLE document (
  id ${id}, report_id BIGINT NOT NULL REFERENCES report(id), parent_id BIGINT, source_id BIGINT NOT NULL,
  item_key TEXT NOT NULL, name TEXT NOT NULL, media_type TEXT NOT NULL, url TEXT NOT NULL, blob ${bytes} NOT NULL, size BIGINT NOT NULL,
  text_blob ${bytes}, text_size BIGINT NOT NULL, parser TEXT NOT NULL, charset TEXT NOT NULL, lang TEXT NOT NULL, meta ${json}, sections ${json}, warnings ${json},
  suppressed ${json}, created BIGINT NOT NULL, published BIGINT, current BOOLEAN NOT NULL
);
CREATE INDEX document_report ON document(report_id);
CREATE INDEX document_blob ON document(blob);
CREATE TABLE object (
  id ${id}, uuid ${bytes}, report_id BIGINT REFERENCES report(id), source_id BIGINT NOT NULL, acl_id BIGINT NOT NULL REFERENCES acl(id),
  name TEXT NOT NULL, template_uuid ${bytes}, template_version BIGINT NOT NULL DEFAULT 0, meta_category TEXT NOT NULL DEFAULT '', description TEXT NOT NULL DEFAULT '', comment TEXT NOT NULL DEFAULT '',
  first_seen BIGINT, last_seen BIGINT, residue ${json}, created BIGINT NOT NULL, version BIGINT NOT NULL, deleted BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX object_report ON object(report_id);

-- claims ------------------------------------------------------------------------------------------
CREATE TABLE claim (
  id ${id}, uuid ${bytes}, report_id BIGINT, object_id BIGINT, source_id BIGINT NOT NULL, acl_id BIGINT NOT NULL,
  value_id BIGINT, -- the value of part 0; NULL for literals and rules, whose text is in stated
  type TEXT NOT NULL, category TEXT NOT NULL DEFAULT '', relation TEXT NOT NULL DEFAULT '', stated TEXT, comment TEXT NOT NULL DEFAULT '', -- stated NULL: as the canonical value
  to_ids BOOLEAN NOT NULL, confidence SMALLINT NOT NULL, pain SMALLINT NOT NULL, correlates BOOLEAN NOT NULL,
  published BIGINT, first_seen BIGINT, last_seen BIGINT, created BIGINT NOT NULL, modified BIGINT NOT NULL, expires BIGINT,
  state SMALLINT NOT NULL, prior_state SMALLINT, correction_id BIGINT, reviewer BIGINT, residue ${json},
  version BIGINT NOT NULL, deleted BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX claim_report ON claim(report_id, id);
CREATE INDEX claim_tally ON claim(report_id, deleted, acl_id, state, type, pain) WHERE report_id IS NOT NULL; -- counts of a report without its rows
CREATE INDEX claim_object ON claim(object_id) WHERE object_id IS NOT NULL;
CREATE INDEX claim_correction ON claim(correction_id) WHERE correction_id IS NOT NULL;
CREATE TABLE claim_value ( -- correlation is one range of this key (claims that do not correlate are here too: see claim.correlates)
  value_id BIGINT NOT NULL, report_id BIGINT NOT NULL, claim_id BIGINT NOT NULL, part SMALLINT NOT NULL, -- report_id 0: stands alone
  PRIMARY KEY (value_id, report_id, claim_id, part)
) ${without_rowid};
CREATE TABLE claim_part (claim_id BIGINT NOT NULL, part SMALLINT NOT NULL, value_id BIGINT NOT NULL, PRIMARY KEY (claim_id, part)) ${without_rowid}; -- parts from 1, of composite claims
CREATE TABLE mention (
  claim_id BIGINT NOT NULL, document_id BIGINT NOT NULL, start BIGINT NOT NULL, stop BIGINT NOT NULL, PRIMARY KEY (claim_id, document_id, start)
) ${without_rowid};
CREATE TABLE correction ( -- what people decided about a value, remembered when it is read again
  id ${id}, kind TEXT NOT NULL, value_id BIGINT NOT NULL, type TEXT NOT NULL DEFAULT '', org_id BIGINT NOT NULL, source_id BIGINT, report_id BIGINT,
  scope TEXT NOT NULL, setting TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL, comment TEXT NOT NULL DEFAULT '', actor BIGINT NOT NULL, actor_name TEXT NOT NULL, created BIGINT NOT NULL, expires BIGINT, undone BIGINT
);
CREATE INDEX correction_value ON correction(value_id);
CREATE INDEX correction_org ON correction(org_id, id);

-- knowledge (the graph grows on these) --------------------------------------------------------------
CREATE TABLE entity (
  id ${id}, uuid ${bytes}, type TEXT NOT NULL, name TEXT NOT NULL, name_key TEXT NOT NULL, acl_id BIGINT NOT NULL REFERENCES acl(id),
  created BIGINT NOT NULL, version BIGINT NOT NULL, deleted BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX entity_name ON entity(type, name_key);
CREATE TABLE statement ( -- any STIX object, whole; one row per source and version
  item_id BIGINT NOT NULL, source_id BIGINT NOT NULL, rev BIGINT NOT NULL, report_id BIGINT, acl_id BIGINT NOT NULL REFERENCES acl(id),
  type TEXT NOT NULL, stix_id TEXT NOT NULL, modified BIGINT, props TEXT NOT NULL, digest ${bytes} NOT NULL, created BIGINT NOT NULL, deleted BOOLEAN NOT NULL DEFAULT FALSE,
  PRIMARY KEY (item_id, source_id, rev)
);
CREATE INDEX statement_stix ON statement(stix_id);
CREATE INDEX statement_report ON statement(report_id);
CREATE TABLE relationship (
  id ${id}, uuid ${bytes}, type TEXT NOT NULL, src BIGINT NOT NULL, dst BIGINT NOT NULL, start BIGINT, stop BIGINT, confidence SMALLINT NOT NULL,
  report_id BIGINT, source_id BIGINT NOT NULL, acl_id BIGINT NOT NULL REFERENCES acl(id), comment TEXT NOT NULL DEFAULT '', residue ${json}, created BIGINT NOT NULL, version BIGINT NOT NULL, deleted BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX relationship_src ON relationship(src, type, dst);
CREATE INDEX relationship_dst ON relationship(dst, type, src);
CREATE TABLE indicator (
  id ${id}, uuid ${bytes}, claim_id BIGINT, report_id BIGINT, source_id BIGINT NOT NULL, acl_id BIGINT NOT NULL REFERENCES acl(id), name TEXT NOT NULL, pattern_type TEXT NOT NULL,
  pattern TEXT NOT NULL, digest ${bytes} NOT NULL, valid_from BIGINT, valid_until BIGINT, created BIGINT NOT NULL, version BIGINT NOT NULL, deleted BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX indicator_digest ON indicator(digest);
CREATE INDEX indicator_report ON indicator(report_id);
CREATE TABLE note (
  id ${id}, uuid ${bytes}, item_id BIGINT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL, opinion SMALLINT, author BIGINT NOT NULL, author_name TEXT NOT NULL, acl_id BIGINT NOT NULL REFERENCES acl(id),
  created BIGINT NOT NULL, modified BIGINT NOT NULL, version BIGINT NOT NULL, deleted BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX note_item ON note(item_id);
CREATE TABLE sighting (
  id ${id}, uuid ${bytes}, value_id BIGINT NOT NULL, claim_id BIGINT, kind SMALLINT NOT NULL, seen BIGINT NOT NULL, count BIGINT NOT NULL, origin TEXT NOT NULL DEFAULT '', org_id BIGINT NOT NULL,
  acl_id BIGINT NOT NULL REFERENCES acl(id), created BIGINT NOT NULL, deleted BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX sighting_value ON sighting(value_id, seen);
CREATE TABLE tag (id ${id}, name TEXT NOT NULL, name_key TEXT NOT NULL UNIQUE, colour TEXT NOT NULL DEFAULT '', description TEXT NOT NULL DEFAULT '', org_id BIGINT, created BIGINT NOT NULL, version BIGINT NOT NULL);
CREATE TABLE tagging (tag_id BIGINT NOT NULL REFERENCES tag(id), item_id BIGINT NOT NULL, acl_id BIGINT NOT NULL REFERENCES acl(id), local BOOLEAN NOT NULL, relation TEXT NOT NULL DEFAULT '', PRIMARY KEY (item_id, tag_id, acl_id));
CREATE INDEX tagging_tag ON tagging(tag_id, item_id);
CREATE TABLE asset (
  id ${id}, uuid ${bytes}, org_id BIGINT NOT NULL REFERENCES organisation(id), kind TEXT NOT NULL, value TEXT NOT NULL, name TEXT NOT NULL DEFAULT '', criticality SMALLINT NOT NULL, tags ${json}, comment TEXT NOT NULL DEFAULT '',
  created BIGINT NOT NULL, modified BIGINT NOT NULL, version BIGINT NOT NULL, deleted BOOLEAN NOT NULL DEFAULT FALSE, UNIQUE (org_id, kind, value)
);
CREATE TABLE asset_hit (asset_id BIGINT NOT NULL REFERENCES asset(id), claim_id BIGINT NOT NULL, report_id BIGINT NOT NULL, how TEXT NOT NULL, created BIGINT NOT NULL, PRIMARY KEY (asset_id, report_id, claim_id));
CREATE INDEX asset_hit_report ON asset_hit(report_id);

-- foreign ids -----------------------------------------------------------------------------------------
CREATE TABLE uuid_key (uuid ${bytes} NOT NULL, item_id BIGINT NOT NULL, kind TEXT NOT NULL, PRIMARY KEY (uuid, item_id)) ${without_rowid};
CREATE TABLE alias_id (kind TEXT NOT NULL, value TEXT NOT NULL, item_id BIGINT NOT NULL, PRIMARY KEY (kind, value, item_id)) ${without_rowid};
CREATE INDEX alias_id_item ON alias_id(item_id);

-- packs -------------------------------------------------------------------------------------------------
CREATE TABLE pack (id ${id}, kind TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL, enabled BOOLEAN NOT NULL, category TEXT NOT NULL DEFAULT '', blob ${bytes} NOT NULL, entries BIGINT NOT NULL, meta ${json}, installed BIGINT NOT NULL, UNIQUE (kind, name));

-- people's automation -------------------------------------------------------------------------------------
CREATE TABLE playbook (id ${id}, org_id BIGINT NOT NULL, name TEXT NOT NULL, name_key TEXT NOT NULL, body TEXT NOT NULL, enabled BOOLEAN NOT NULL, last_error TEXT NOT NULL DEFAULT '', created BIGINT NOT NULL, modified BIGINT NOT NULL, version BIGINT NOT NULL, deleted BOOLEAN NOT NULL DEFAULT FALSE);
CREATE UNIQUE INDEX playbook_name ON playbook(org_id, name_key) WHERE NOT deleted;
CREATE TABLE channel (
  id ${id}, org_id BIGINT NOT NULL, account_id BIGINT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, name_key TEXT NOT NULL, config ${json} NOT NULL, secrets ${bytes}, secret_names ${json}, tlp SMALLINT NOT NULL, per_hour BIGINT NOT NULL,
  enabled BOOLEAN NOT NULL, last_error TEXT NOT NULL DEFAULT '', created BIGINT NOT NULL, modified BIGINT NOT NULL, version BIGINT NOT NULL, deleted BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE UNIQUE INDEX channel_name ON channel(org_id, name_key) WHERE NOT deleted;
CREATE TABLE watch (
  id ${id}, org_id BIGINT NOT NULL, account_id BIGINT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, query TEXT NOT NULL, options ${json} NOT NULL, enabled BOOLEAN NOT NULL, muted BIGINT, since BIGINT NOT NULL,
  hits BIGINT NOT NULL DEFAULT 0, last_hit BIGINT, error TEXT NOT NULL DEFAULT '', created BIGINT NOT NULL, modified BIGINT NOT NULL, version BIGINT NOT NULL, deleted BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX watch_owner ON watch(org_id, account_id);
CREATE TABLE watch_channel (watch_id BIGINT NOT NULL REFERENCES watch(id), channel_id BIGINT NOT NULL REFERENCES channel(id), last_hit BIGINT NOT NULL, PRIMARY KEY (watch_id, channel_id)); -- hits up to last_hit are in a notice
CREATE TABLE watch_hit (seq BIGINT NOT NULL, watch_id BIGINT NOT NULL REFERENCES watch(id), report_id BIGINT NOT NULL, claim_id BIGINT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (watch_id, report_id, claim_id)); -- report_id 0: stands alone; claim_id 0: the report itself
CREATE UNIQUE INDEX watch_hit_seq ON watch_hit(watch_id, seq);
CREATE TABLE notice (
  id ${id}, watch_id BIGINT NOT NULL REFERENCES watch(id), channel_id BIGINT NOT NULL REFERENCES channel(id), first_hit BIGINT NOT NULL, last_hit BIGINT NOT NULL, hits BIGINT NOT NULL,
  state TEXT NOT NULL, attempts BIGINT NOT NULL DEFAULT 0, created BIGINT NOT NULL, ended BIGINT, error TEXT NOT NULL DEFAULT ''
);
CREATE INDEX notice_watch ON notice(watch_id, id);
CREATE INDEX notice_channel ON notice(channel_id, created);
CREATE INDEX notice_state ON notice(state, created);
CREATE TABLE export (
  id ${id}, org_id BIGINT NOT NULL, account_id BIGINT NOT NULL, name TEXT NOT NULL, format TEXT NOT NULL, query TEXT NOT NULL, options ${json}, tlp SMALLINT NOT NULL, token_hash ${bytes} NOT NULL UNIQUE, token_prefix TEXT NOT NULL,
  enabled BOOLEAN NOT NULL, created BIGINT NOT NULL, expires BIGINT, version BIGINT NOT NULL
);
CREATE TABLE export_fetch (id ${id}, export_id BIGINT, account_id BIGINT, who TEXT NOT NULL, address TEXT NOT NULL, format TEXT NOT NULL, query TEXT NOT NULL, at BIGINT NOT NULL, etag TEXT NOT NULL, status SMALLINT NOT NULL, rows BIGINT NOT NULL, snapshot ${bytes});
CREATE INDEX export_fetch_export ON export_fetch(export_id, id);

-- machine room ----------------------------------------------------------------------------------------------
CREATE TABLE change (
  seq ${seq}, at BIGINT NOT NULL, actor BIGINT NOT NULL, actor_name TEXT NOT NULL, op TEXT NOT NULL, kind TEXT NOT NULL, first_id BIGINT NOT NULL, last_id BIGINT NOT NULL,
  parent_id BIGINT NOT NULL DEFAULT 0, acl_id BIGINT NOT NULL, before ${json}, after ${json}
);
CREATE INDEX change_item ON change(kind, first_id);
CREATE INDEX change_parent ON change(parent_id, seq);
CREATE TABLE change_cursor (consumer TEXT PRIMARY KEY, seq BIGINT NOT NULL);
CREATE TABLE reply (key ${bytes} PRIMARY KEY, print ${bytes} NOT NULL, at BIGINT NOT NULL, done BOOLEAN NOT NULL, sealed ${bytes}); -- answers under an idempotency key, kept a day
CREATE INDEX reply_at ON reply(at);
CREATE TABLE consumed (consumer TEXT NOT NULL, message_id TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (consumer, message_id)) ${without_rowid};
CREATE TABLE audit (seq ${seq}, at BIGINT NOT NULL, actor BIGINT NOT NULL, actor_name TEXT NOT NULL, org_id BIGINT NOT NULL, via TEXT NOT NULL, address TEXT NOT NULL, action TEXT NOT NULL, object TEXT NOT NULL, outcome TEXT NOT NULL, detail ${json},
  link BIGINT UNIQUE, prev_hash ${bytes}, hash ${bytes}); -- link: place in the hash chain, NULL until chained
CREATE INDEX audit_at ON audit(at);
CREATE INDEX audit_unlinked ON audit(seq) WHERE link IS NULL;
CREATE INDEX audit_org ON audit(org_id, seq);
CREATE TABLE quarantine (
  id ${id}, source_id BIGINT, report_id BIGINT, acl_id BIGINT NOT NULL REFERENCES acl(id), stage TEXT NOT NULL, item TEXT NOT NULL, place TEXT NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL, params ${json}, blob ${bytes}, payload TEXT NOT NULL DEFAULT '', meta ${json},
  state TEXT NOT NULL, created BIGINT NOT NULL, resolved BIGINT, resolved_by TEXT NOT NULL DEFAULT ''
);
CREATE INDEX quarantine_state ON quarantine(state, id);
CREATE TABLE job (
  id ${id}, kind TEXT NOT NULL, org_id BIGINT NOT NULL, account_id BIGINT NOT NULL, args ${json} NOT NULL, state TEXT NOT NULL, done BIGINT NOT NULL DEFAULT 0, total BIGINT NOT NULL DEFAULT 0, message TEXT NOT NULL DEFAULT '', error TEXT NOT NULL DEFAULT '', result ${json},
  run_at BIGINT NOT NULL, every TEXT NOT NULL DEFAULT '', attempts BIGINT NOT NULL DEFAULT 0, lease_owner TEXT NOT NULL DEFAULT '', lease_until BIGINT NOT NULL DEFAULT 0, created BIGINT NOT NULL, started BIGINT, ended BIGINT, unique_key TEXT UNIQUE,
  cancel BOOLEAN NOT NULL DEFAULT FALSE, fence BIGINT NOT NULL DEFAULT 0 -- fence: numbers the leases
);
CREATE INDEX job_due ON job(state, run_at);
CREATE INDEX job_ended ON job(ended) WHERE ended IS NOT NULL;
CREATE TABLE lease (name TEXT PRIMARY KEY, owner TEXT NOT NULL, until BIGINT NOT NULL); -- leaders among many hosts
