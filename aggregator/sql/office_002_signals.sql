-- The office database: what people say of signals (aggregator/signals.h; signal is its id in the
-- store, which is never given twice). Nothing is changed or taken out: who acknowledged a signal and
-- who owns it is what the newest row says.

-- kind: 1 note, 2 acknowledged, 3 acknowledgement taken back, 4 owner. period: the last in which the
-- signal had held then (proto/period.h). who, role: of the account then. text: '' only for an owner.
-- owner: a name, '' nobody; owner_account: NULL unless it is that of an account.
CREATE TABLE signal_note (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  signal INTEGER NOT NULL,
  at_us INTEGER NOT NULL,
  kind INTEGER NOT NULL CHECK (kind IN (1, 2, 3, 4)),
  period INTEGER NOT NULL,
  account INTEGER NOT NULL REFERENCES account (id),
  who TEXT NOT NULL,
  role TEXT NOT NULL,
  text TEXT NOT NULL CHECK ((kind = 4) = (text = '')),
  owner TEXT NOT NULL CHECK (kind = 4 OR owner = ''),
  owner_account INTEGER REFERENCES account (id) CHECK (owner_account IS NULL OR owner <> '')
) STRICT;
CREATE INDEX signal_note_signal ON signal_note (signal, kind);
CREATE TRIGGER signal_note_update BEFORE UPDATE ON signal_note
BEGIN SELECT raise(ABORT, 'notes are append-only'); END;
CREATE TRIGGER signal_note_delete BEFORE DELETE ON signal_note
BEGIN SELECT raise(ABORT, 'notes are append-only'); END;
