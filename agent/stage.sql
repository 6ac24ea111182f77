-- Staging tables, in memory, filled from one extract and read by the measures.
-- Dates are day numbers (days since 1970-01-01). Codes are those of proto/codes.csv. A column that
-- the extract does not have is NULL in every row and absent from list_column.

-- What was read. state: read, nil, absent.
CREATE TABLE list (
  name TEXT PRIMARY KEY, state TEXT NOT NULL, rows_read INTEGER NOT NULL, rows_rejected INTEGER NOT NULL
) STRICT;

-- The columns that the extract really has.
CREATE TABLE list_column (list TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (list, name)) STRICT;

-- One row: the extract's as-at and window, and the month that the as-at stands for: the month
-- before when the as-at is within the configured days after its end, else the as-at's own.
CREATE TABLE extract (
  as_at INTEGER NOT NULL, window_start INTEGER NOT NULL, month_start INTEGER NOT NULL, month_end INTEGER NOT NULL
) STRICT;

-- List 1. source: Ofsted's group; source_code: '1A' … '10', NULL when only the group is known.
CREATE TABLE contacts (
  child TEXT NOT NULL, sex TEXT, ethnicity TEXT, birth_date INTEGER, age INTEGER, ward TEXT,
  contact_date INTEGER NOT NULL, source TEXT, source_code TEXT
) STRICT;

-- List 2. end_date NULL: continuing.
CREATE TABLE early_help (
  child TEXT NOT NULL, sex TEXT, ethnicity TEXT, birth_date INTEGER, age INTEGER, ward TEXT,
  start_date INTEGER NOT NULL, end_date INTEGER, organisation TEXT
) STRICT;

-- List 3, or each CINdetails of the census. previous_12m: referrals in the 12 months before the
-- child's latest one (the same on each of its rows; Ofsted, August 2019).
CREATE TABLE referrals (
  child TEXT NOT NULL, sex TEXT, ethnicity TEXT, birth_date INTEGER, age INTEGER, ward TEXT,
  referral_date INTEGER NOT NULL, source TEXT, source_code TEXT, nfa INTEGER, previous_12m INTEGER,
  team TEXT, worker TEXT
) STRICT;

-- List 4. end_date: authorisation, NULL while open. support: assessed as requiring LA support.
CREATE TABLE assessments (
  child TEXT NOT NULL, sex TEXT, ethnicity TEXT, birth_date INTEGER, age INTEGER, ward TEXT,
  disability TEXT, start_date INTEGER NOT NULL, child_seen INTEGER, end_date INTEGER,
  support INTEGER, team TEXT, worker TEXT
) STRICT;

-- List 5. start_date: strategy discussion. s47_12m, icpc_12m: before the child's latest section 47.
CREATE TABLE section47 (
  child TEXT NOT NULL, sex TEXT, ethnicity TEXT, birth_date INTEGER, age INTEGER, ward TEXT,
  disability TEXT, start_date INTEGER NOT NULL, icpc_not_required INTEGER, icpc_date INTEGER,
  icpc_to_plan INTEGER, s47_12m INTEGER, icpc_12m INTEGER, team TEXT, worker TEXT
) STRICT;

-- List 6: one row per child, the latest episode. start_date: the referral that led to it.
-- status: cla, cpp, cin, assessment, closed.
CREATE TABLE cin (
  child TEXT NOT NULL, sex TEXT, ethnicity TEXT, birth_date INTEGER, age INTEGER, ward TEXT,
  disability TEXT, start_date INTEGER NOT NULL, need TEXT, last_seen INTEGER, end_date INTEGER,
  reason TEXT, status TEXT, team TEXT, worker TEXT
) STRICT;

-- List 7: one row per child, the latest plan.
CREATE TABLE cpp (
  child TEXT NOT NULL, sex TEXT, ethnicity TEXT, birth_date INTEGER, age INTEGER, ward TEXT,
  disability TEXT, start_date INTEGER NOT NULL, category_initial TEXT, category TEXT,
  last_visit INTEGER, seen_alone INTEGER, last_review INTEGER, end_date INTEGER,
  protection_order INTEGER, previous_plans INTEGER, team TEXT, worker TEXT
) STRICT;

-- CIN census: every episode (referrals with no further action are not episodes).
CREATE TABLE cin_episodes (
  child TEXT NOT NULL, sex TEXT, ethnicity TEXT, birth_date INTEGER, age INTEGER, ward TEXT,
  disability TEXT, start_date INTEGER NOT NULL, need TEXT, end_date INTEGER, reason TEXT
) STRICT;

-- CIN census: every plan, and every review of it (plan: rowid of cpp_plans).
CREATE TABLE cpp_plans (
  plan INTEGER PRIMARY KEY, child TEXT NOT NULL, sex TEXT, ethnicity TEXT, birth_date INTEGER,
  age INTEGER, ward TEXT, disability TEXT, start_date INTEGER NOT NULL, category_initial TEXT,
  category TEXT, end_date INTEGER, previous_plans INTEGER
) STRICT;
CREATE TABLE cpp_reviews (plan INTEGER NOT NULL, review_date INTEGER NOT NULL) STRICT;

-- Staff list, in the workforce census's fields. A row with a worker is a person; a row without one
-- and with posts > 0 is a vacancy. fte and posts in millionths, days_lost in thousandths of a day,
-- in the month that the as-at stands for. role: CSWW OrgRole 1–6. cases: held at the as-at.
CREATE TABLE staff (
  worker TEXT, agency INTEGER, role TEXT, fte INTEGER, start_date INTEGER, end_date INTEGER,
  cases INTEGER, days_lost INTEGER, posts INTEGER, team TEXT
) STRICT;
