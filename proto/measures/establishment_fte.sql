-- title: Posts, filled and vacant
-- theme: workforce
-- kind: stock
-- unit: fte
-- polarity: neutral
-- definition: Full-time equivalents of the social workers in post at the as-at, agency workers
--   left out, and of the vacant posts.
-- source: DfE, children's social work workforce census guide
-- periods: month
-- needs: staff, staff.agency, staff.posts
-- valid: as-at
-- range: 0 1000000000
SELECT at_date, CASE WHEN worker IS NULL THEN posts ELSE fte END AS numerator
  FROM staff
  JOIN at ON (start_date IS NULL OR start_date <= at_date)
         AND (end_date IS NULL OR end_date > at_date)
 WHERE (worker IS NOT NULL AND fte IS NOT NULL AND coalesce(agency, 0) = 0)
    OR (worker IS NULL AND posts > 0);
