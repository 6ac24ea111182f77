-- title: Social workers in post
-- theme: workforce
-- kind: stock
-- unit: fte
-- polarity: neutral
-- definition: Full-time equivalents of the social workers in post at the as-at, agency workers
--   left out.
-- source: DfE, children's social work workforce census guide
-- periods: month
-- dimensions: role
-- needs: staff, staff.agency
-- valid: as-at
-- range: 0 2000000
-- part_of: workforce_fte
SELECT at_date, fte AS numerator, role
  FROM staff
  JOIN at ON (start_date IS NULL OR start_date <= at_date)
         AND (end_date IS NULL OR end_date > at_date)
 WHERE worker IS NOT NULL AND fte IS NOT NULL
   AND coalesce(agency, 0) = 0;
