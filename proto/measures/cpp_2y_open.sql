-- title: Open plans that have lasted two years
-- theme: protection
-- kind: stock
-- unit: percent
-- polarity: low-is-good
-- definition: Child protection plans open at the as-at that began two calendar years before it or
--   earlier, of all plans open.
-- source: DfE, characteristics of children in need, table D5
-- periods: month
-- needs: cpp
-- valid: as-at
-- part_of: cpp_open
SELECT at_date, months_after(start_date, 24) <= at_date AS numerator
  FROM cpp
  JOIN at ON start_date <= at_date AND (end_date IS NULL OR end_date > at_date);
