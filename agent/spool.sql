-- The spool: everything that this district has said, in numbered, signed entries.
-- Written by collect only; publish and status read it under other uids.

CREATE TABLE spool (
  id BLOB NOT NULL PRIMARY KEY,             -- 16 random bytes
  created_us INTEGER NOT NULL,
  retired_us INTEGER,                       -- NULL: the one in use
  reason TEXT                               -- why it was started; NULL: the first
) STRICT;

-- kind: report, return, withdraw, void. bytes: the Entry payload exactly as signed; NULL once
-- compacted (its number is then in a void entry) or pruned after keep_days.
CREATE TABLE entry (
  spool BLOB NOT NULL REFERENCES spool (id),
  sequence INTEGER NOT NULL,
  kind TEXT NOT NULL,
  area TEXT, dataset TEXT, period INTEGER, as_at INTEGER, -- period: period_key; a withdraw: its report's
  sealed_us INTEGER NOT NULL,
  digest BLOB NOT NULL,                     -- SHA-256 of bytes
  signature BLOB NOT NULL,
  size_bytes INTEGER NOT NULL,
  voided INTEGER NOT NULL DEFAULT 0,        -- 1: superseded before it was sent, or renumbered
  bytes BLOB,                               -- last: the columns before it are read without it
  PRIMARY KEY (spool, sequence)
) STRICT;

-- Compaction looks for newer reports of the same period.
CREATE INDEX entry_period ON entry (spool, area, dataset, period, sequence) WHERE period IS NOT NULL;

-- What was last said of a measure in a period: decides whether it is news. digest: agent/saying.h.
-- as_at: of the newest extract that said or confirmed it. spool, sequence: the entry that says it.
CREATE TABLE content (
  area TEXT NOT NULL, dataset TEXT NOT NULL, period INTEGER NOT NULL, measure TEXT NOT NULL,
  digest BLOB NOT NULL, as_at INTEGER NOT NULL, spool BLOB NOT NULL, sequence INTEGER NOT NULL,
  PRIMARY KEY (area, dataset, period, measure)
) STRICT, WITHOUT ROWID;

-- Extracts dealt with. outcome: accepted, refused. as_at NULL: it was not known.
CREATE TABLE extract (
  area TEXT NOT NULL, dataset TEXT NOT NULL, path TEXT NOT NULL, identity INTEGER NOT NULL,
  as_at INTEGER, digest BLOB, outcome TEXT NOT NULL, reason TEXT, collected_us INTEGER NOT NULL,
  rows_read INTEGER NOT NULL, rows_rejected INTEGER NOT NULL,
  PRIMARY KEY (area, dataset, path)
) STRICT;
