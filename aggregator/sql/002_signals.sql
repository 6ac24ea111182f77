-- The store, version 2: signals, and a stamp of the figures.
--
-- Signals are part of the record: what was raised, on which figures, and what became of it cannot be
-- worked out again from reports that were corrected since. No rebuild touches them.

-- Goes up by one in every transaction that may change a figure: projection, roll-up, rebuild.
INSERT INTO meta VALUES ('figures_stamp', 1);

-- kind: 1 process, 2 funnel, 3 unseen; state: 1 pending, 2 open, 3 closed (aggregator/signals.h).
CREATE TABLE signal (
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice: notes elsewhere name it
  kind INTEGER NOT NULL CHECK (kind IN (1, 2, 3)),
  rule TEXT NOT NULL, measure TEXT NOT NULL, area TEXT NOT NULL,
  direction INTEGER NOT NULL CHECK (direction IN (-1, 1)),
  concern INTEGER NOT NULL CHECK (concern IN (-1, 0, 1)),
  state INTEGER NOT NULL CHECK (state IN (1, 2, 3)),
  first INTEGER NOT NULL, last INTEGER NOT NULL, -- periods in which it has held
  n_without INTEGER NOT NULL DEFAULT 0,      -- final periods running in which it has not
  without INTEGER NOT NULL DEFAULT 0,        -- the latest of them; 0: none
  pending_us INTEGER NOT NULL,
  opened_us INTEGER NOT NULL DEFAULT 0, closed_us INTEGER NOT NULL DEFAULT 0, -- 0: not yet
  evidence TEXT NOT NULL
) STRICT;
-- One that is not closed for each thing watched.
CREATE UNIQUE INDEX signal_live ON signal (kind, rule, measure, area, direction) WHERE state <> 3;
CREATE INDEX signal_area ON signal (area);

-- What happened to it, in order.
CREATE TABLE signal_event (
  id INTEGER PRIMARY KEY,
  signal INTEGER NOT NULL REFERENCES signal (id),
  at_us INTEGER NOT NULL, state INTEGER NOT NULL CHECK (state IN (1, 2, 3)), period INTEGER NOT NULL
) STRICT;
CREATE INDEX signal_event_signal ON signal_event (signal);

-- What has been looked at ("process:<measure>", "funnel:<measure>", "unseen:<rule>"): at which
-- figures, by which rules, when to look again because something is pending (0: need not), and how
-- many series were long and large enough to say anything.
CREATE TABLE signal_work (
  subject TEXT NOT NULL PRIMARY KEY,
  stamp INTEGER NOT NULL, rules TEXT NOT NULL, due_us INTEGER NOT NULL, n_series INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
