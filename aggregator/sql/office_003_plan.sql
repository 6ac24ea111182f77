-- The improvement plan and notes on charts. Values are tenths of the measure's unit; periods are
-- period_key() of proto/period.h. What was agreed is never changed: a change is a further revision.

-- One per measure and area in force. revision: the newest.
CREATE TABLE target (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  measure TEXT NOT NULL,
  area TEXT NOT NULL,
  revision INTEGER NOT NULL,
  retired INTEGER NOT NULL CHECK (retired IN (0, 1))
) STRICT;
CREATE UNIQUE INDEX target_in_force ON target (measure, area) WHERE retired = 0;

CREATE TABLE target_revision (
  target INTEGER NOT NULL REFERENCES target (id),
  revision INTEGER NOT NULL CHECK (revision >= 1),
  made_us INTEGER NOT NULL,
  who TEXT NOT NULL,
  reason TEXT NOT NULL,
  retired INTEGER NOT NULL CHECK (retired IN (0, 1)),
  aim INTEGER NOT NULL CHECK (aim IN (-1, 1)),  -- −1: lower is aimed at
  owner TEXT NOT NULL,
  rationale TEXT NOT NULL,
  PRIMARY KEY (target, revision)
) STRICT, WITHOUT ROWID;

-- The first period of a revision is its baseline, the others are milestones.
CREATE TABLE target_point (
  target INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  period INTEGER NOT NULL,
  tenths INTEGER NOT NULL CHECK (tenths >= 0),
  PRIMARY KEY (target, revision, period),
  FOREIGN KEY (target, revision) REFERENCES target_revision (target, revision)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER target_revision_update BEFORE UPDATE ON target_revision
BEGIN SELECT raise(ABORT, 'a revision of a target is not changed'); END;
CREATE TRIGGER target_revision_delete BEFORE DELETE ON target_revision
BEGIN SELECT raise(ABORT, 'a revision of a target is kept'); END;
CREATE TRIGGER target_point_update BEFORE UPDATE ON target_point
BEGIN SELECT raise(ABORT, 'a revision of a target is not changed'); END;
CREATE TRIGGER target_point_delete BEFORE DELETE ON target_point
BEGIN SELECT raise(ABORT, 'a revision of a target is kept'); END;

-- Notes on charts: what happened on a day. measure '': on every measure's chart. Taken down ones
-- stay, with who did it and why.
CREATE TABLE annotation (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  area TEXT NOT NULL,
  measure TEXT NOT NULL,
  day INTEGER NOT NULL,
  says TEXT NOT NULL,
  made_us INTEGER NOT NULL,
  who TEXT NOT NULL,
  ended_us INTEGER NOT NULL,                    -- 0: shown
  ended_who TEXT NOT NULL,
  ended_reason TEXT NOT NULL
) STRICT;
CREATE INDEX annotation_area ON annotation (area, day);
