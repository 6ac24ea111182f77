-- title: Social workers who left
-- theme: workforce
-- kind: flow
-- unit: fte
-- polarity: low-is-good
-- definition: Full-time equivalents of the social workers who left in the month, agency workers
--   left out.
-- source: DfE, children's social work workforce census guide
-- periods: month
-- needs: staff, staff.agency, staff.end_date
-- valid: last-month
-- range: 0 2000000
SELECT end_date AS on_date, fte AS numerator
  FROM staff
 WHERE end_date IS NOT NULL AND worker IS NOT NULL AND fte IS NOT NULL AND coalesce(agency, 0) = 0;
