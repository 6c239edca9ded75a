-- Repeated values are stored once and referenced by row id, so that records and indexes are small.
-- Row ids are never reused (AUTOINCREMENT; the writer numbers the texts), so a reference to a
-- deleted row never resolves to another row.

CREATE TABLE users (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- What tells users apart: `id:` and the id, or for a user without an id the first thing known.
  identity TEXT NOT NULL UNIQUE,
  uid TEXT,
  email TEXT,
  username TEXT,
  full_name TEXT,
  ip_address TEXT,
  segment TEXT,
  attrs TEXT NOT NULL DEFAULT '{}'
) STRICT;

-- How the details of users changed: one row for each detail that got another value. `users` has the
-- newest values. A writer deletes the oldest rows of a user with very many.
CREATE TABLE profile_changes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user INTEGER NOT NULL REFERENCES users,
  time INTEGER NOT NULL,       -- nanoseconds since 1970, UTC: the start of the record with the new value
  name TEXT NOT NULL,          -- `username`, `full_name`, `segment`, or `attrs.` and a key
  old TEXT,                    -- JSON; NULL if there was no value
  new TEXT NOT NULL            -- JSON
) STRICT;
CREATE INDEX profile_changes_user ON profile_changes (user);
CREATE TRIGGER profile_changes_deleted AFTER DELETE ON users BEGIN
  DELETE FROM profile_changes WHERE user = OLD.id;
END;

CREATE TABLE sessions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  sid TEXT NOT NULL UNIQUE,
  previous TEXT                -- the id of the session that it goes on from
) STRICT;
CREATE INDEX sessions_previous ON sessions (previous) WHERE previous IS NOT NULL;
CREATE TRIGGER sessions_unnamed AFTER DELETE ON sessions BEGIN
  UPDATE sessions SET previous = NULL WHERE previous = OLD.sid;
END;

CREATE TABLE models (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  UNIQUE (model, provider)
) STRICT;

-- All records of a call site have the same type, so the type is a column of the call site.
CREATE TABLE sites (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  type TEXT NOT NULL,
  level TEXT NOT NULL,
  name TEXT NOT NULL,
  target TEXT NOT NULL,
  file TEXT NOT NULL,
  line INTEGER NOT NULL,
  UNIQUE (name, target, file, line, level, type)
) STRICT;

-- The properties of a record that have few values.
CREATE TABLE traits (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_source TEXT NOT NULL,   -- empty where there is no user; so are the others
  unattributed TEXT NOT NULL,  -- why there is no user; `anonymous`: no user, on purpose
  session_source TEXT NOT NULL,
  kind TEXT NOT NULL,
  failed INTEGER NOT NULL,
  -- The call sites, `file:line`, of what set the user and the session; empty if unknown.
  user_site TEXT NOT NULL DEFAULT '',
  session_site TEXT NOT NULL DEFAULT '',
  -- How many records each stands for: a sampler has left out the others.
  weight REAL NOT NULL DEFAULT 1,
  -- The weight comes last: a writer of version 5 knows no weight, and finds the row of weight 1 first.
  UNIQUE (user_source, unattributed, session_source, kind, failed, user_site, session_site, weight)
) STRICT;

-- The searchable texts of records. A process stores a text once while it is cached, so a text can
-- have several rows: a unique index over the texts would slow the writer down.
CREATE TABLE texts (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  message TEXT,
  error_type TEXT,
  causes TEXT,                 -- a JSON array
  fields TEXT                  -- a JSON object: the fields that are texts
) STRICT;

-- A private-use character separates two values, so that no phrase spans both.
CREATE VIEW searched AS
SELECT id, name, message, concat_ws(char(32, 57344, 32), error_type,
    (SELECT group_concat(value, char(32, 57344, 32)) FROM json_each(causes)),
    (SELECT group_concat(value, char(32, 57344, 32)) FROM json_each(fields))) AS rest
FROM texts;

-- A full-text index without a copy of the texts. A deleted text is read once more to remove its
-- words at once (`secure-delete`), not in a later merge.
CREATE VIRTUAL TABLE search USING fts5(name, message, rest, content='searched', content_rowid='id',
  columnsize=0, tokenize='unicode61 remove_diacritics 2');
INSERT INTO search (search, rank) VALUES ('secure-delete', 1);
CREATE TRIGGER texts_unsearched BEFORE DELETE ON texts BEGIN
  DELETE FROM search WHERE rowid = OLD.id;
END;

-- The data that a scope adds to all of its records.
CREATE TABLE scopes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  tags TEXT,                   -- a JSON object
  extra TEXT,                  -- a JSON object
  contexts TEXT,               -- a JSON object of objects
  service TEXT                 -- a JSON object
) STRICT;

-- The conversations of scopes. Few scopes have one.
CREATE TABLE conversations (
  scope INTEGER PRIMARY KEY REFERENCES scopes,
  cid TEXT NOT NULL
) STRICT;
CREATE INDEX conversations_cid ON conversations (cid);
CREATE TRIGGER conversations_deleted AFTER DELETE ON scopes BEGIN
  DELETE FROM conversations WHERE scope = OLD.id;
END;

-- Who acts for the user of a scope. Few scopes have an actor.
CREATE TABLE actors (
  scope INTEGER PRIMARY KEY REFERENCES scopes,
  aid TEXT NOT NULL,           -- the id of the innermost actor
  source TEXT NOT NULL,        -- the source of the innermost actor
  chain TEXT NOT NULL          -- a JSON array of {id, kind}, innermost first
) STRICT;
CREATE INDEX actors_aid ON actors (aid);
CREATE TRIGGER actors_deleted AFTER DELETE ON scopes BEGIN
  DELETE FROM actors WHERE scope = OLD.id;
END;

-- Spans, events and errors share nearly every column and are read together in time order, so one
-- table with one index each serves the trails of users and sessions.
CREATE TABLE records (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  site INTEGER NOT NULL REFERENCES sites,
  traits INTEGER NOT NULL REFERENCES traits,
  text INTEGER NOT NULL REFERENCES texts,
  scope INTEGER REFERENCES scopes,
  user INTEGER REFERENCES users,
  session INTEGER REFERENCES sessions,
  start INTEGER NOT NULL,      -- nanoseconds since 1970, UTC
  duration INTEGER,            -- nanoseconds; spans only
  trace BLOB,                  -- 16 bytes that sort by time
  span INTEGER,                -- the bits of the id
  parent INTEGER,
  fields TEXT                  -- a JSON object: the fields that are no texts
) STRICT;

-- Partitioned indexes. An index over users alone would insert each record at another place, and a
-- batch would rewrite most of a large index. These indexes consist of partitions of 65,536 records:
-- writing touches the last one, and a query probes each. Partition and row id share one number,
-- since comparing two numbers is most of the cost of an index.
CREATE INDEX records_user ON records (id >> 16 << 32 | user) WHERE user IS NOT NULL;
CREATE INDEX records_session ON records (id >> 16 << 32 | session) WHERE session IS NOT NULL;
-- New texts are appended in order, and repeated texts are few.
CREATE INDEX records_text ON records (text);

-- Records without a user, in file order.
CREATE INDEX records_nobody ON records (id) WHERE user IS NULL;

-- The isolated scopes of records without a user. Records with a user have no row. The scope ids of
-- a process are consecutive, so the index grows at one place for each process.
CREATE TABLE gaps (
  record INTEGER PRIMARY KEY REFERENCES records,
  isolated INTEGER NOT NULL    -- the bits of the scope's id
) STRICT;
CREATE INDEX gaps_isolated ON gaps (isolated);

-- The user, session and actors of a scope that was identified later. Earlier records of the scope belong to
-- them as `late`.
CREATE TABLE links (
  isolated INTEGER PRIMARY KEY,
  time INTEGER NOT NULL,       -- nanoseconds since 1970, UTC: when the scope was identified
  user INTEGER REFERENCES users,
  session INTEGER REFERENCES sessions,
  aid TEXT,                    -- who acts for the user, as in `actors`
  chain TEXT
) STRICT;
CREATE INDEX links_user ON links (user) WHERE user IS NOT NULL;
CREATE INDEX links_session ON links (session) WHERE session IS NOT NULL;

-- Deletes the rows of a record, including records that are deleted in a shell.
CREATE TRIGGER records_deleted AFTER DELETE ON records BEGIN
  DELETE FROM usages WHERE record = OLD.id;
  DELETE FROM scores WHERE record = OLD.id;
  DELETE FROM check_ins WHERE record = OLD.id;
  DELETE FROM failures WHERE record = OLD.id;
  DELETE FROM gaps WHERE record = OLD.id;
END;

-- The start times of the records in each partition. A query of a time range skips partitions, and
-- records are merged by time partition by partition. An index over the time would insert each batch
-- at several places. Deletions and foreign changes do not narrow a range.
CREATE TABLE part_times (
  part INTEGER PRIMARY KEY,    -- the numbers of its records, shifted right by 16
  first_start INTEGER NOT NULL,
  last_start INTEGER NOT NULL
) STRICT;

-- Columns that few records have, in their own tables.
CREATE TABLE usages (
  record INTEGER PRIMARY KEY REFERENCES records,
  model INTEGER NOT NULL REFERENCES models,
  input_tokens INTEGER NOT NULL,          -- with the cached ones
  output_tokens INTEGER NOT NULL,         -- with the reasoning ones
  cache_read_tokens INTEGER NOT NULL DEFAULT 0,
  cache_write_tokens INTEGER NOT NULL DEFAULT 0,
  -- The part of cache_write_tokens that is kept for an hour.
  cache_write_1h_tokens INTEGER NOT NULL DEFAULT 0,
  reasoning_tokens INTEGER NOT NULL DEFAULT 0,
  audio_input_tokens INTEGER NOT NULL DEFAULT 0,
  audio_output_tokens INTEGER NOT NULL DEFAULT 0,
  tier TEXT NOT NULL DEFAULT '',  -- as the provider reported it; empty if it did not
  agent TEXT NOT NULL DEFAULT '', -- the agent and the tool around the call; empty if none
  tool TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE scores (
  record INTEGER PRIMARY KEY REFERENCES records,
  name TEXT NOT NULL,
  value REAL,
  label TEXT
) STRICT;
CREATE INDEX scores_name ON scores (name);

-- The check-ins of monitored jobs: a start, and an end for each run.
CREATE TABLE check_ins (
  record INTEGER PRIMARY KEY REFERENCES records,
  monitor TEXT NOT NULL,
  run TEXT NOT NULL,           -- the id that the check-ins of one run share
  status TEXT NOT NULL,        -- `started`, `ok`, `failed` or `overran`
  every INTEGER,               -- the interval and the longest duration, in nanoseconds
  longest INTEGER,
  duration INTEGER             -- nanoseconds; ends only
) STRICT;
CREATE INDEX check_ins_monitor ON check_ins (monitor, record);

CREATE TABLE failures (
  record INTEGER PRIMARY KEY REFERENCES records,
  fingerprint BLOB,            -- 16 bytes that errors of one kind have in common
  path TEXT,                   -- a JSON array: the spans around an error, innermost first
  backtrace TEXT,
  breadcrumbs TEXT,            -- a JSON array, oldest first
  flags TEXT                   -- a JSON array of {key, value}, oldest first
) STRICT;
CREATE INDEX failures_kind ON failures (fingerprint) WHERE fingerprint IS NOT NULL;

-- Gap records: the time range of lost records. A query that overlaps one is incomplete.
CREATE TABLE losses (
  id INTEGER PRIMARY KEY,
  time_from INTEGER NOT NULL,  -- nanoseconds since 1970, UTC
  time_to INTEGER NOT NULL,
  records INTEGER NOT NULL,
  reason TEXT NOT NULL
) STRICT;

-- What each process has counted beside its records, such as truncated values and refused writes.
-- A count of a process only grows.
CREATE TABLE counters (
  process BLOB NOT NULL,       -- 16 random bytes
  name TEXT NOT NULL,          -- as in `whose::Stats::iter`
  count INTEGER NOT NULL,
  time INTEGER NOT NULL,       -- nanoseconds since 1970, UTC: when the count was written
  PRIMARY KEY (process, name)
) STRICT, WITHOUT ROWID;

-- The access log: one row for each view of the records of a user. Rows are only added. The hash of a
-- row covers the row before, so a row that was changed, removed or moved is found.
CREATE TABLE accesses (
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- 1, 2, 3, without gaps
  time INTEGER NOT NULL,       -- nanoseconds since 1970, UTC
  viewer TEXT NOT NULL,
  way TEXT NOT NULL,           -- `page`, `command`, `api` or `mcp`
  view TEXT NOT NULL,          -- the path of the page, or the name of the command
  user INTEGER,                -- the row id of the user; that row is gone once the user is forgotten
  subject BLOB NOT NULL,       -- the keyed hash of the user's identity, as in `forgotten_users`
  reason BLOB,                 -- the hash of the salt and the text in `access_reasons`
  hash BLOB NOT NULL           -- SHA-256 of the hash of the row before and of all columns
) STRICT;
CREATE INDEX accesses_subject ON accesses (subject);
CREATE TRIGGER accesses_unchanged BEFORE UPDATE ON accesses BEGIN
  SELECT RAISE(ABORT, 'the access log is append-only: no row can be changed');
END;
CREATE TRIGGER accesses_undeleted BEFORE DELETE ON accesses BEGIN
  SELECT RAISE(ABORT, 'the access log is append-only: no row can be deleted');
END;
CREATE TRIGGER accesses_unreplaced BEFORE INSERT ON accesses
WHEN EXISTS (SELECT 1 FROM accesses WHERE id = NEW.id) BEGIN
  SELECT RAISE(ABORT, 'the access log is append-only: no row can be replaced');
END;

-- Why a viewer looked. A text can name the user, so it is erased with the user, and its row of
-- `accesses` stays. The salt keeps a short text from being guessed by its hash afterwards.
CREATE TABLE access_reasons (
  access INTEGER PRIMARY KEY REFERENCES accesses,
  salt BLOB NOT NULL,          -- 16 random bytes
  text TEXT NOT NULL
) STRICT;
CREATE TRIGGER access_reasons_unchanged BEFORE UPDATE ON access_reasons BEGIN
  SELECT RAISE(ABORT, 'the access log is append-only: no reason can be changed');
END;

-- One row, changed by a flush that has no records to commit.
CREATE TABLE flushes (id INTEGER PRIMARY KEY CHECK (id = 1), count INTEGER NOT NULL) STRICT;
INSERT INTO flushes VALUES (1, 0);

-- One row: how often a row that a writer may cache was deleted or changed. A writer reads the count
-- at the start of a transaction, and clears its cache if the count differs. Writers only add rows,
-- so they never invalidate each other's caches.
CREATE TABLE generation (id INTEGER PRIMARY KEY CHECK (id = 1), count INTEGER NOT NULL) STRICT;
INSERT INTO generation VALUES (1, 0);
CREATE TRIGGER users_deleted AFTER DELETE ON users BEGIN
  UPDATE generation SET count = count + 1;
END;
CREATE TRIGGER users_changed AFTER UPDATE OF id, identity ON users BEGIN
  UPDATE generation SET count = count + 1;
END;
CREATE TRIGGER sessions_deleted AFTER DELETE ON sessions BEGIN
  UPDATE generation SET count = count + 1;
END;
CREATE TRIGGER sessions_changed AFTER UPDATE OF id, sid ON sessions BEGIN
  UPDATE generation SET count = count + 1;
END;
CREATE TRIGGER models_deleted AFTER DELETE ON models BEGIN
  UPDATE generation SET count = count + 1;
END;
CREATE TRIGGER models_changed AFTER UPDATE ON models BEGIN
  UPDATE generation SET count = count + 1;
END;
CREATE TRIGGER sites_deleted AFTER DELETE ON sites BEGIN
  UPDATE generation SET count = count + 1;
END;
CREATE TRIGGER sites_changed AFTER UPDATE ON sites BEGIN
  UPDATE generation SET count = count + 1;
END;
CREATE TRIGGER traits_deleted AFTER DELETE ON traits BEGIN
  UPDATE generation SET count = count + 1;
END;
CREATE TRIGGER traits_changed AFTER UPDATE ON traits BEGIN
  UPDATE generation SET count = count + 1;
END;
CREATE TRIGGER texts_deleted AFTER DELETE ON texts BEGIN
  UPDATE generation SET count = count + 1;
END;
CREATE TRIGGER texts_changed AFTER UPDATE ON texts BEGIN
  UPDATE generation SET count = count + 1;
END;
CREATE TRIGGER scopes_deleted AFTER DELETE ON scopes BEGIN
  UPDATE generation SET count = count + 1;
END;
CREATE TRIGGER scopes_changed AFTER UPDATE ON scopes BEGIN
  UPDATE generation SET count = count + 1;
END;

-- Tombstones of users whose records were erased on request. Writers reject records of such a user
-- that began before that time. `identity` is the HMAC-SHA-256 of `users.identity` with the key
-- below, so the file does not contain the identity.
CREATE TABLE forgotten_users (
  identity BLOB PRIMARY KEY,   -- 32 bytes
  before INTEGER NOT NULL      -- nanoseconds since 1970, UTC
) STRICT, WITHOUT ROWID;
CREATE TRIGGER forgotten_users_added AFTER INSERT ON forgotten_users BEGIN
  UPDATE generation SET count = count + 1;
END;
CREATE TRIGGER forgotten_users_changed AFTER UPDATE OF before ON forgotten_users BEGIN
  UPDATE generation SET count = count + 1;
END;
CREATE TABLE forgotten_key (id INTEGER PRIMARY KEY CHECK (id = 1), key BLOB NOT NULL) STRICT;
INSERT INTO forgotten_key VALUES (1, randomblob(32));

-- The row ids of such users whose records are still being deleted. The next erasure completes an
-- interrupted one.
CREATE TABLE erasing (user INTEGER PRIMARY KEY) STRICT;

-- Users whose records are not erased.
CREATE TABLE holds (
  identity TEXT PRIMARY KEY,   -- as in `users`
  name TEXT NOT NULL,          -- the id that the user was put on hold by
  reason TEXT NOT NULL,
  since INTEGER NOT NULL       -- nanoseconds since 1970, UTC
) STRICT, WITHOUT ROWID;

-- Tombstones of isolated scopes that were linked to such users. Records of the scope without a user
-- that began before that time are rejected.
CREATE TABLE forgotten_scopes (
  isolated INTEGER PRIMARY KEY, -- the bits of the scope's id
  before INTEGER NOT NULL
) STRICT;

-- What ranges of records sum up to, so that lists of users and costs read few records. The writer adds
-- a row for each batch in the transaction of the batch, and merges the rows of a partition when the
-- partition is full. Records without a row are read themselves. Row ids are never reused, so a row id
-- stands for the same sums for ever. `store/src/read/rollup/encode.rs` states the form of the bytes.
CREATE TABLE rollups (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  first_record INTEGER NOT NULL,
  last_record INTEGER NOT NULL,
  first_start INTEGER NOT NULL, -- the earliest and the latest start of the records
  last_start INTEGER NOT NULL,
  calls BLOB NOT NULL,         -- tokens by owner, day, model and what else decides the price
  owners BLOB NOT NULL,        -- first and last time and numbers of records by owner and day
  sessions BLOB NOT NULL       -- the pairs of sessions and owners
) STRICT;
CREATE INDEX rollups_records ON rollups (first_record, last_record, first_start, last_start);

-- A changed record makes the sums of its range wrong. The next batches and every erasure sum the range
-- again.
CREATE TRIGGER rollups_record_deleted AFTER DELETE ON records BEGIN
  DELETE FROM rollups WHERE last_record >= OLD.id AND id = (SELECT id FROM rollups
    WHERE first_record <= OLD.id ORDER BY first_record DESC LIMIT 1);
END;
CREATE TRIGGER rollups_record_changed AFTER UPDATE ON records BEGIN
  DELETE FROM rollups WHERE last_record >= OLD.id AND id = (SELECT id FROM rollups
    WHERE first_record <= OLD.id ORDER BY first_record DESC LIMIT 1);
  DELETE FROM rollups WHERE last_record >= NEW.id AND id = (SELECT id FROM rollups
    WHERE first_record <= NEW.id ORDER BY first_record DESC LIMIT 1);
END;
CREATE TRIGGER rollups_usage_deleted AFTER DELETE ON usages BEGIN
  DELETE FROM rollups WHERE last_record >= OLD.record AND id = (SELECT id FROM rollups
    WHERE first_record <= OLD.record ORDER BY first_record DESC LIMIT 1);
END;
CREATE TRIGGER rollups_usage_changed AFTER UPDATE ON usages BEGIN
  DELETE FROM rollups WHERE last_record >= OLD.record AND id = (SELECT id FROM rollups
    WHERE first_record <= OLD.record ORDER BY first_record DESC LIMIT 1);
END;

-- SQLite searches this table in order for the last row id of a table, so the tables that grow most
-- come first.
INSERT INTO sqlite_sequence (name, seq) VALUES ('records', 0), ('sessions', 0), ('users', 0);

-- For users of the `sqlite3` shell.
CREATE VIEW trail AS
SELECT r.id, strftime('%Y-%m-%dT%H:%M:%fZ', r.start / 1e9, 'unixepoch') AS time,
  s.type, s.level, s.name, u.uid AS user, se.sid AS session,
  cv.cid AS conversation, a.aid AS actor, t.message,
  r.duration / 1e6 AS duration_ms, m.model, g.input_tokens, g.output_tokens,
  g.cache_read_tokens, g.cache_write_tokens, g.reasoning_tokens, g.tier, g.agent, g.tool,
  sc.tags,
  json_patch(coalesce(t.fields, '{}'), coalesce(r.fields, '{}')) AS fields,
  nullif(q.user_source, '') AS user_source, nullif(q.unattributed, '') AS unattributed,
  nullif(q.session_source, '') AS session_source, nullif(q.kind, '') AS kind, q.failed,
  q.weight,
  s.target, s.file, s.line
FROM records r
JOIN sites s ON s.id = r.site
JOIN traits q ON q.id = r.traits
JOIN texts t ON t.id = r.text
LEFT JOIN scopes sc ON sc.id = r.scope
LEFT JOIN conversations cv ON cv.scope = r.scope
LEFT JOIN actors a ON a.scope = r.scope
LEFT JOIN users u ON u.id = r.user
LEFT JOIN sessions se ON se.id = r.session
LEFT JOIN usages g ON g.record = r.id
LEFT JOIN models m ON m.id = g.model;
