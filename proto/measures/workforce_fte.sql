-- title: Social workers in post, agency included
-- theme: workforce
-- kind: stock
-- unit: fte
-- polarity: neutral
-- definition: Full-time equivalents of all social workers in post at the as-at, agency workers
--   included.
-- source: DfE, children's social work workforce census guide
-- periods: month
-- needs: staff
-- valid: as-at
-- range: 0 2000000
SELECT at_date, fte AS numerator
  FROM staff
  JOIN at ON (start_date IS NULL OR start_date <= at_date)
         AND (end_date IS NULL OR end_date > at_date)
 WHERE worker IS NOT NULL AND fte IS NOT NULL;
