-- What repeats is kept once and referred to by whole numbers: a record is small, and an index is
-- one over small numbers. No number is given twice (AUTOINCREMENT; the writer numbers the texts):
-- a reference to a deleted row is never one to another row.

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

-- A call site makes records of one type only, so the type stands here and costs a record nothing.
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

-- What a record is besides, in words of which there are few.
CREATE TABLE traits (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_source TEXT NOT NULL,   -- empty where there is no user; so are the others
  unattributed TEXT NOT NULL,  -- why there is no user; `anonymous`: no user, on purpose
  session_source TEXT NOT NULL,
  kind TEXT NOT NULL,
  failed INTEGER NOT NULL,
  UNIQUE (user_source, unattributed, session_source, kind, failed)
) STRICT;

-- What records say: what can be searched. A process keeps a text once for as long as it remembers
-- it, so a text can be here more than once: no index over the texts holds up the writing of them.
CREATE TABLE texts (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  message TEXT,
  error_type TEXT,
  causes TEXT,                 -- a JSON array
  fields TEXT                  -- a JSON object: the fields that are texts
) STRICT;

-- A word of its own (a character for private use) stands between two values: no phrase goes from
-- one into the next.
CREATE VIEW searched AS
SELECT id, name, message, concat_ws(char(32, 57344, 32), error_type,
    (SELECT group_concat(value, char(32, 57344, 32)) FROM json_each(causes)),
    (SELECT group_concat(value, char(32, 57344, 32)) FROM json_each(fields))) AS rest
FROM texts;

-- Holds the words of the texts above, and not the texts again; a text that is deleted is read once
-- more to take its words out, at once and not at some later merge (`secure-delete`).
CREATE VIRTUAL TABLE search USING fts5(name, message, rest, content='searched', content_rowid='id',
  columnsize=0, tokenize='unicode61 remove_diacritics 2');
INSERT INTO search (search, rank) VALUES ('secure-delete', 1);
CREATE TRIGGER texts_unsearched BEFORE DELETE ON texts BEGIN
  DELETE FROM search WHERE rowid = OLD.id;
END;

-- What a scope gives to all of its records; kept once as texts are.
CREATE TABLE scopes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  tags TEXT,                   -- a JSON object
  extra TEXT,                  -- a JSON object
  contexts TEXT,               -- a JSON object of objects
  service TEXT                 -- a JSON object
) STRICT;

-- Spans, events and errors share nearly every column and are read together, in time order: one
-- table serves the trail of a user or a session by one index each.
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

-- An index over users alone would take each record in at another place of it, so that a batch
-- rewrites nearly all of a big index. These are made of parts of 65,536 records one after another:
-- writing touches the last one, and a query looks into each. Part and number are one number, for the
-- comparison of two is most of what an index costs.
CREATE INDEX records_user ON records (id >> 16 << 32 | user) WHERE user IS NOT NULL;
CREATE INDEX records_session ON records (id >> 16 << 32 | session) WHERE session IS NOT NULL;
-- The texts that are new come in order, and those that repeat are few.
CREATE INDEX records_text ON records (text);

-- What has no user, in the order of the file.
CREATE INDEX records_nobody ON records (id) WHERE user IS NULL;

-- The isolated scopes of records that have no user: a record that has one costs nothing here. The
-- scopes of a process have ids that follow each other, so an index over them grows at one place for
-- each process.
CREATE TABLE gaps (
  record INTEGER PRIMARY KEY REFERENCES records,
  isolated INTEGER NOT NULL    -- the bits of the scope's id
) STRICT;
CREATE INDEX gaps_isolated ON gaps (isolated);

-- Whose such a scope turned out to be: what it recorded before that time is theirs, `late`.
CREATE TABLE links (
  isolated INTEGER PRIMARY KEY,
  time INTEGER NOT NULL,       -- nanoseconds since 1970, UTC: when the scope was identified
  user INTEGER REFERENCES users,
  session INTEGER REFERENCES sessions
) STRICT;
CREATE INDEX links_user ON links (user) WHERE user IS NOT NULL;
CREATE INDEX links_session ON links (session) WHERE session IS NOT NULL;

-- What goes with a record, also where somebody deletes the record in a shell.
CREATE TRIGGER records_deleted AFTER DELETE ON records BEGIN
  DELETE FROM usages WHERE record = OLD.id;
  DELETE FROM failures WHERE record = OLD.id;
  DELETE FROM gaps WHERE record = OLD.id;
END;

-- When the records of each part of 65,536 started: a query of a time range skips parts, and records
-- are put in the order of their time part by part. No index over the time: it would take each batch
-- in at several places. What is deleted since, or changed by others, is not taken out again.
CREATE TABLE part_times (
  part INTEGER PRIMARY KEY,    -- the numbers of its records, shifted right by 16
  first_start INTEGER NOT NULL,
  last_start INTEGER NOT NULL
) STRICT;

-- What few records have, so that the others have no room for it.
CREATE TABLE usages (
  record INTEGER PRIMARY KEY REFERENCES records,
  model INTEGER NOT NULL REFERENCES models,
  input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL
) STRICT;

CREATE TABLE failures (
  record INTEGER PRIMARY KEY REFERENCES records,
  fingerprint BLOB,            -- 16 bytes that errors of one kind have in common
  path TEXT,                   -- a JSON array: the spans around an error, innermost first
  backtrace TEXT,
  breadcrumbs TEXT             -- a JSON array, oldest first
) STRICT;
CREATE INDEX failures_kind ON failures (fingerprint) WHERE fingerprint IS NOT NULL;

-- Gap records: the records that were lost, from the start of the first to the end of the last. A
-- question whose time meets one has an incomplete answer.
CREATE TABLE losses (
  id INTEGER PRIMARY KEY,
  time_from INTEGER NOT NULL,  -- nanoseconds since 1970, UTC
  time_to INTEGER NOT NULL,
  records INTEGER NOT NULL,
  reason TEXT NOT NULL
) STRICT;

-- One row, whose change gives a flush something to commit when all records are written already.
CREATE TABLE flushes (id INTEGER PRIMARY KEY CHECK (id = 1), count INTEGER NOT NULL) STRICT;
INSERT INTO flushes VALUES (1, 0);

-- One row: how often a row was deleted, or its meaning changed, that a writer may remember by its
-- number. A writer reads the count at the start of a transaction and forgets its numbers where the
-- count is another one. Writers only add rows, so they never make each other forget.
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

-- Users whose records were erased on request. A writer does not store a record of such a user that
-- began before that moment. `identity` is the HMAC-SHA-256 of `users.identity`, by the key below:
-- the file does not hold the identity.
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

-- The numbers of such users whose records are still being erased: an erasure that was interrupted
-- goes on with them.
CREATE TABLE erasing (user INTEGER PRIMARY KEY) STRICT;

-- The isolated scopes that were linked to such users: what they recorded before that moment,
-- without a user, is erased and not stored either.
CREATE TABLE forgotten_scopes (
  isolated INTEGER PRIMARY KEY, -- the bits of the scope's id
  before INTEGER NOT NULL
) STRICT;

-- SQLite looks for the last number of a table in this order: the ones that grow most come first.
INSERT INTO sqlite_sequence (name, seq) VALUES ('records', 0), ('sessions', 0), ('users', 0);

-- For those who open the file with the `sqlite3` shell.
CREATE VIEW trail AS
SELECT r.id, strftime('%Y-%m-%dT%H:%M:%fZ', r.start / 1e9, 'unixepoch') AS time,
  s.type, s.level, s.name, u.uid AS user, se.sid AS session, t.message,
  r.duration / 1e6 AS duration_ms, m.model, g.input_tokens, g.output_tokens, sc.tags,
  json_patch(coalesce(t.fields, '{}'), coalesce(r.fields, '{}')) AS fields,
  nullif(q.user_source, '') AS user_source, nullif(q.unattributed, '') AS unattributed,
  nullif(q.session_source, '') AS session_source, nullif(q.kind, '') AS kind, q.failed,
  s.target, s.file, s.line
FROM records r
JOIN sites s ON s.id = r.site
JOIN traits q ON q.id = r.traits
JOIN texts t ON t.id = r.text
LEFT JOIN scopes sc ON sc.id = r.scope
LEFT JOIN users u ON u.id = r.user
LEFT JOIN sessions se ON se.id = r.session
LEFT JOIN usages g ON g.record = r.id
LEFT JOIN models m ON m.id = g.model;
