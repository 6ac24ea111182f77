-- The office database, version 1: who may come in, and who did what. Instants are UTC µs. Of tokens,
-- links and cookies only SHA-256 digests are kept, of passwords only Argon2id hashes.

-- rounding_key BLOB(16): protect.h. audit_rows INTEGER, audit_head BLOB(32): how many rows the audit
-- log has and the chain of its last, so that rows missing at its end show too.
CREATE TABLE setting (key TEXT NOT NULL PRIMARY KEY, value ANY NOT NULL) STRICT;
INSERT INTO setting VALUES ('audit_rows', 0), ('audit_head', x'');

-- name: small letters. hash: '' until a password was chosen (invited, or single sign-on only).
-- Accounts are never deleted: the log refers to them.
CREATE TABLE account (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  full_name TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('central', 'district', 'commissioner', 'dfe', 'admin')),
  area TEXT NOT NULL CHECK ((role = 'district') = (area <> '')),
  active INTEGER NOT NULL CHECK (active IN (0, 1)),
  hash TEXT NOT NULL,
  created_us INTEGER NOT NULL,
  changed_us INTEGER NOT NULL
) STRICT;

-- Open sign-ins; one that ends is deleted. how 'proxy': the site's single sign-on vouches for each
-- request; the row carries the CSRF secret, and its digest belongs to no cookie.
CREATE TABLE signin (
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- a form that names an ended one must not end another
  account INTEGER NOT NULL REFERENCES account (id),
  digest BLOB NOT NULL UNIQUE,
  csrf BLOB NOT NULL,
  how TEXT NOT NULL CHECK (how IN ('password', 'proxy')),
  peer TEXT NOT NULL,
  started_us INTEGER NOT NULL,
  used_us INTEGER NOT NULL,
  until_us INTEGER NOT NULL
) STRICT;
CREATE INDEX signin_account ON signin (account, how);

CREATE TABLE api_token (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account INTEGER NOT NULL REFERENCES account (id),
  label TEXT NOT NULL,
  digest BLOB NOT NULL UNIQUE,
  made_us INTEGER NOT NULL,
  used_us INTEGER NOT NULL,           -- 0: never; moved at most once an hour
  until_us INTEGER NOT NULL
) STRICT;
CREATE INDEX api_token_account ON api_token (account);

-- One-time links; account NULL: the first administrator's.
CREATE TABLE link (
  digest BLOB NOT NULL PRIMARY KEY,
  account INTEGER REFERENCES account (id),
  until_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX link_account ON link (account);

-- Failed attempts. who: keyed hash of the account name or address as given, whether or not there is
-- such an account: a password typed in the wrong field is not kept either.
CREATE TABLE attempt (
  who BLOB NOT NULL PRIMARY KEY,
  failures INTEGER NOT NULL,
  last_us INTEGER NOT NULL,
  until_us INTEGER NOT NULL           -- no further attempt before
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_last ON attempt (last_us);

-- chain: SHA-256 over the chain of the row before and this row's fields (office_audit.c).
CREATE TABLE audit_log (
  id INTEGER PRIMARY KEY,
  at_us INTEGER NOT NULL,
  account INTEGER,                    -- NULL: the program itself, or nobody signed in
  who TEXT NOT NULL,
  role TEXT NOT NULL,
  peer TEXT NOT NULL,
  action TEXT NOT NULL,
  about TEXT NOT NULL,
  detail TEXT NOT NULL,
  chain BLOB NOT NULL
) STRICT;
CREATE INDEX audit_log_at ON audit_log (at_us);
CREATE INDEX audit_log_action ON audit_log (action);
CREATE TRIGGER audit_log_update BEFORE UPDATE ON audit_log
BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_log_delete BEFORE DELETE ON audit_log
BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
