-- The store, version 1. Three kinds of table:
--   the record      report, refusal, void, answered, spool, agent, agent_area, measure_owner, health,
--                   counter: never rebuilt, only added to
--   the projection  header, return, withdrawal, series, observation, carried, current: rebuilt from
--                   report.payload (rebuild.h)
--   the roll-up     rollup, dirty: rebuilt from the projection
-- Periods are period_key (proto/period.h); areas are codes of the area file; instants are UTC µs.

CREATE TABLE meta (key TEXT NOT NULL PRIMARY KEY, value ANY NOT NULL) STRICT;
-- store_id BLOB(16), restore_epoch INTEGER, created_us INTEGER

-- state: pending, active, suspended, removed. Keys of removed agents stay, for audit.
CREATE TABLE agent (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  curve_key BLOB NOT NULL UNIQUE,
  signing_key BLOB NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'active', 'suspended', 'removed')),
  enrolled_us INTEGER NOT NULL,
  changed_us INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX agent_name ON agent (name) WHERE state <> 'removed';

CREATE TABLE agent_area (
  agent INTEGER NOT NULL REFERENCES agent (id), area TEXT NOT NULL, PRIMARY KEY (agent, area)
) STRICT, WITHOUT ROWID;

-- A measure of an area belongs to the dataset that gave it first.
CREATE TABLE measure_owner (
  area TEXT NOT NULL, measure TEXT NOT NULL, dataset TEXT NOT NULL, PRIMARY KEY (area, measure)
) STRICT, WITHOUT ROWID;

CREATE TABLE spool (
  id INTEGER PRIMARY KEY,
  agent INTEGER NOT NULL REFERENCES agent (id),
  spool BLOB NOT NULL,
  generation INTEGER NOT NULL,        -- 1, 2, … among the agent's spools
  stored_up_to INTEGER NOT NULL DEFAULT 0, -- contiguous: stored, void or refused
  first_seen_us INTEGER NOT NULL,
  UNIQUE (agent, spool)
) STRICT;

-- Every entry that was accepted, exactly as signed. Append-only.
CREATE TABLE report (
  id INTEGER PRIMARY KEY,             -- order of arrival
  spool INTEGER NOT NULL REFERENCES spool (id),
  sequence INTEGER NOT NULL,
  received_us INTEGER NOT NULL,
  digest BLOB NOT NULL,               -- SHA-256 of payload
  signature BLOB NOT NULL,
  payload BLOB NOT NULL,
  UNIQUE (spool, sequence)
) STRICT;

-- Numbers that the agent declared void, and numbers that were refused (they count as answered).
CREATE TABLE void (
  spool INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (spool, first)
) STRICT, WITHOUT ROWID;
CREATE TABLE refusal (
  spool INTEGER NOT NULL, sequence INTEGER NOT NULL, at_us INTEGER NOT NULL,
  digest BLOB NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL,
  area TEXT, dataset TEXT, period INTEGER,
  PRIMARY KEY (spool, sequence, digest)
) STRICT, WITHOUT ROWID;

-- Every number that needs no further sending, as disjoint ranges that do not touch: stored, void or
-- refused. Follows from the three tables above; kept so that an answer costs one look-up however
-- long a gap stays open.
CREATE TABLE answered (
  spool INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (spool, first)
) STRICT, WITHOUT ROWID;

-- Drops, refusals, duplicates, conflicts (aggregator/counters.h), written now and then.
CREATE TABLE counter (name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) STRICT;

-- What each agent last said of itself. In the store so that status survives a restart.
CREATE TABLE health (
  agent INTEGER PRIMARY KEY REFERENCES agent (id),
  last_contact_us INTEGER NOT NULL, clock_difference_us INTEGER NOT NULL,
  entries_waiting INTEGER NOT NULL, oldest_waiting_us INTEGER NOT NULL, newest_as_at INTEGER NOT NULL,
  measures_digest BLOB NOT NULL, disk_free_bytes INTEGER NOT NULL, last_fault TEXT NOT NULL,
  program TEXT NOT NULL, unsandboxed INTEGER NOT NULL
) STRICT;

-- ---------------------------------------------------------------- projection

-- projected: highest report.id whose rows are all there.
INSERT INTO meta VALUES ('projected', 0);

-- One row per report entry (not returns, withdrawals, voids).
CREATE TABLE header (
  report INTEGER PRIMARY KEY, -- report.id
  area TEXT NOT NULL, dataset TEXT NOT NULL, period INTEGER NOT NULL,
  as_at INTEGER NOT NULL, provisional INTEGER NOT NULL, sealed_us INTEGER NOT NULL,
  rows_read INTEGER NOT NULL, rows_rejected INTEGER NOT NULL,
  measures_digest BLOB NOT NULL, extract_digest BLOB NOT NULL,
  withdrawn INTEGER             -- report.id of the withdrawal; NULL: in use
) STRICT;
CREATE INDEX header_period ON header (area, period);

-- One row per return entry; lists and reasons stay in the payload.
CREATE TABLE return (
  report INTEGER PRIMARY KEY, area TEXT NOT NULL, dataset TEXT NOT NULL, as_at INTEGER NOT NULL,
  accepted INTEGER NOT NULL, n_lists INTEGER NOT NULL, n_nil INTEGER NOT NULL, n_absent INTEGER NOT NULL,
  rows_read INTEGER NOT NULL, rows_rejected INTEGER NOT NULL, reasons TEXT NOT NULL
) STRICT;
CREATE INDEX return_area ON return (area, dataset, as_at);

-- One row per withdrawal: what it names may arrive after it.
CREATE TABLE withdrawal (
  agent INTEGER NOT NULL, spool BLOB NOT NULL, sequence INTEGER NOT NULL,
  report INTEGER NOT NULL,      -- report.id of the withdrawal itself
  PRIMARY KEY (agent, spool, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE series (
  id INTEGER PRIMARY KEY, measure TEXT NOT NULL, dimension TEXT NOT NULL, category TEXT NOT NULL,
  UNIQUE (measure, dimension, category)
) STRICT;

CREATE TABLE observation (
  report INTEGER NOT NULL, series INTEGER NOT NULL, numerator INTEGER NOT NULL, denominator INTEGER NOT NULL,
  PRIMARY KEY (report, series)
) STRICT, WITHOUT ROWID;

-- Which reports carry a measure for an area and period (measure: id of its total's series).
CREATE TABLE carried (
  area TEXT NOT NULL, period INTEGER NOT NULL, measure INTEGER NOT NULL, report INTEGER NOT NULL,
  provisional INTEGER NOT NULL,
  PRIMARY KEY (area, period, measure, report)
) STRICT, WITHOUT ROWID;

-- The one that counts: latest as-at, then generation, then sequence, not withdrawn.
CREATE TABLE current (
  measure INTEGER NOT NULL, period INTEGER NOT NULL, area TEXT NOT NULL,
  report INTEGER NOT NULL, provisional INTEGER NOT NULL,
  n_reports INTEGER NOT NULL,  -- how many in use carry it: a report that changes another measure
                               -- repeats it, so this says nothing about corrections
  PRIMARY KEY (measure, period, area)
) STRICT, WITHOUT ROWID;

-- ---------------------------------------------------------------- roll-up

-- Sums over the reporting areas below `area`, for weeks and months. n_areas: how many stand behind
-- it. Quarters, years, rates and shares are worked out when asked.
CREATE TABLE rollup (
  area TEXT NOT NULL, period INTEGER NOT NULL, series INTEGER NOT NULL,
  numerator INTEGER NOT NULL, denominator INTEGER NOT NULL,
  n_areas INTEGER NOT NULL, n_provisional INTEGER NOT NULL,
  PRIMARY KEY (area, period, series)
) STRICT, WITHOUT ROWID;

-- (ancestor, period) pairs whose roll-up is out of date. A reader that meets one adds up itself.
CREATE TABLE dirty (
  area TEXT NOT NULL, period INTEGER NOT NULL, since_us INTEGER NOT NULL, PRIMARY KEY (area, period)
) STRICT, WITHOUT ROWID;
