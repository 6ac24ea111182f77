-- title: Agency social workers
-- theme: workforce
-- kind: stock
-- unit: fte
-- polarity: low-is-good
-- definition: Full-time equivalents of the agency social workers at the as-at.
-- source: DfE, children's social work workforce census guide
-- periods: month
-- needs: staff, staff.agency
-- valid: as-at
-- range: 0 2000000
-- part_of: workforce_fte
SELECT at_date, fte AS numerator
  FROM staff
  JOIN at ON (start_date IS NULL OR start_date <= at_date)
         AND (end_date IS NULL OR end_date > at_date)
 WHERE worker IS NOT NULL AND fte IS NOT NULL
   AND agency = 1;
