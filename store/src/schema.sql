-- Texts that repeat are kept once and referred to by whole numbers, so that a record is small and
-- an index over users or sessions is an index over small numbers.

CREATE TABLE users (
  id INTEGER PRIMARY KEY,
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
  id INTEGER PRIMARY KEY,
  sid TEXT NOT NULL UNIQUE,
  previous TEXT                -- the id of the session that it goes on from
) STRICT;

CREATE TABLE models (
  id INTEGER PRIMARY KEY,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  UNIQUE (model, provider)
) STRICT;

-- A call site makes records of one type only, so the type stands here and costs a record nothing.
CREATE TABLE sites (
  id INTEGER PRIMARY KEY,
  type TEXT NOT NULL,
  level TEXT NOT NULL,
  name TEXT NOT NULL,
  target TEXT NOT NULL,
  file TEXT NOT NULL,
  line INTEGER NOT NULL,
  UNIQUE (name, target, file, line, level, type)
) STRICT;

-- Spans, events and errors share nearly every column and are read together, in time order: one
-- table serves the trail of a user or a session by one index each.
CREATE TABLE records (
  id INTEGER PRIMARY KEY,
  site INTEGER NOT NULL REFERENCES sites,
  start INTEGER NOT NULL,      -- nanoseconds since 1970, UTC
  duration INTEGER,            -- nanoseconds; spans only
  user INTEGER REFERENCES users,
  user_source TEXT,
  unattributed TEXT,           -- why there is no user; `masked`: nobody, on purpose
  session INTEGER REFERENCES sessions,
  session_source TEXT,
  trace BLOB,                  -- 16 bytes that sort by time
  span INTEGER,                -- the bits of the id
  parent INTEGER,
  kind TEXT,
  failed INTEGER NOT NULL,
  message TEXT,
  error_type TEXT,
  causes TEXT,                 -- a JSON array
  fingerprint BLOB,            -- errors only: 16 bytes that those of one kind have in common
  path TEXT,                   -- a JSON array: the spans around an error, innermost first
  backtrace TEXT,
  model INTEGER REFERENCES models,
  input_tokens INTEGER,
  output_tokens INTEGER,
  tags TEXT,                   -- a JSON object
  fields TEXT,                 -- a JSON object
  extra TEXT,                  -- a JSON object
  contexts TEXT,               -- a JSON object of objects
  breadcrumbs TEXT,            -- errors only: a JSON array, oldest first
  service TEXT                 -- a JSON object
) STRICT;

CREATE INDEX records_user ON records (user) WHERE user IS NOT NULL;
CREATE INDEX records_session ON records (session) WHERE session IS NOT NULL;
-- Errors are few among the records: what is no error costs nothing here.
CREATE INDEX records_error ON records (fingerprint) WHERE fingerprint IS NOT NULL;
CREATE INDEX records_usage ON records (model) WHERE model IS NOT NULL;

-- One row, whose change gives a flush something to commit when all records are written already.
CREATE TABLE flushes (id INTEGER PRIMARY KEY CHECK (id = 1), count INTEGER NOT NULL) STRICT;
INSERT INTO flushes VALUES (1, 0);

-- For those who open the file with the `sqlite3` shell.
CREATE VIEW trail AS
SELECT r.id, strftime('%Y-%m-%dT%H:%M:%fZ', r.start / 1e9, 'unixepoch') AS time,
  s.type, s.level, s.name, u.uid AS user, se.sid AS session, r.message,
  r.duration / 1e6 AS duration_ms, m.model, r.input_tokens, r.output_tokens, r.tags, r.fields,
  s.target, s.file, s.line
FROM records r
JOIN sites s ON s.id = r.site
LEFT JOIN users u ON u.id = r.user
LEFT JOIN sessions se ON se.id = r.session
LEFT JOIN models m ON m.id = r.model;
