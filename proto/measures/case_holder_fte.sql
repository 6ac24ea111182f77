-- title: Case holders in post
-- theme: workforce
-- kind: stock
-- unit: fte
-- polarity: neutral
-- definition: Full-time equivalents of the social workers in post at the as-at who hold cases,
--   agency workers included. Where cases are not listed, those whose role is case holder.
-- source: DfE, children's social work workforce census guide
-- periods: month
-- needs: staff, staff.role
-- valid: as-at
-- range: 0 2000000
-- part_of: workforce_fte
SELECT at_date, fte AS numerator
  FROM staff
  JOIN at ON (start_date IS NULL OR start_date <= at_date)
         AND (end_date IS NULL OR end_date > at_date)
 WHERE worker IS NOT NULL AND fte IS NOT NULL
   AND (cases > 0 OR (cases IS NULL AND role = '5'));
