-- What the aggregators have confirmed. Written by publish only; collect and status read it under
-- other uids.

-- How publish was started last.
CREATE TABLE process (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  started_us INTEGER NOT NULL, unsandboxed INTEGER NOT NULL
) STRICT;

-- The connection with each aggregator of the settings; a row changes when the state does.
CREATE TABLE link (
  aggregator TEXT NOT NULL PRIMARY KEY,     -- name in the reply file
  endpoint TEXT NOT NULL,                   -- the one in use or tried last
  state TEXT NOT NULL CHECK (state IN ('connecting', 'connected', 'refused', 'held')),
  reason TEXT NOT NULL,                     -- why it is not connected; empty when it is
  since_us INTEGER NOT NULL
) STRICT;

-- One row per store that ever answered (a store has its own id, whatever its endpoint).
CREATE TABLE store (
  id BLOB NOT NULL PRIMARY KEY,             -- 16 bytes
  aggregator TEXT NOT NULL,                 -- name in the reply file
  restore_epoch INTEGER NOT NULL,
  last_contact_us INTEGER NOT NULL,
  clock_difference_us INTEGER NOT NULL      -- our clock minus the aggregator's
) STRICT;

-- Per store and spool: every number up to stored_up_to is stored there (or void, or refused).
CREATE TABLE progress (
  store BLOB NOT NULL, spool BLOB NOT NULL, generation INTEGER NOT NULL,
  stored_up_to INTEGER NOT NULL, beyond BLOB NOT NULL, -- packed pairs of 64-bit little-endian
  PRIMARY KEY (store, spool)
) STRICT;

-- Signed receipts, as received.
CREATE TABLE receipt (
  id INTEGER PRIMARY KEY, store BLOB NOT NULL, spool BLOB NOT NULL, received_us INTEGER NOT NULL,
  stored_up_to INTEGER NOT NULL, bytes BLOB NOT NULL, signature BLOB NOT NULL
) STRICT;

-- Dead letters: never sent again, never deleted.
CREATE TABLE refusal (
  store BLOB NOT NULL, spool BLOB NOT NULL, sequence INTEGER NOT NULL,
  code TEXT NOT NULL, reason TEXT NOT NULL, at_us INTEGER NOT NULL,
  PRIMARY KEY (store, spool, sequence)
) STRICT;

-- Set when a store holds more of a spool than the spool does, or other bytes under a number (a
-- machine rolled back, or cloned): collect then starts a new spool and renumbers what is unsent.
CREATE TABLE renew (
  spool BLOB NOT NULL PRIMARY KEY, stored_up_to INTEGER NOT NULL, reason TEXT NOT NULL, at_us INTEGER NOT NULL
) STRICT;
