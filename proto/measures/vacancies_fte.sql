-- title: Vacant posts
-- theme: workforce
-- kind: stock
-- unit: fte
-- polarity: low-is-good
-- definition: Full-time equivalents of the social worker posts that are vacant at the as-at.
-- source: DfE, children's social work workforce census guide
-- limits: A post that an agency worker covers is still vacant.
-- periods: month
-- needs: staff, staff.posts
-- valid: as-at
-- range: 0 1000000000
-- part_of: establishment_fte
SELECT at_date, posts AS numerator
  FROM staff
  JOIN at
 WHERE worker IS NULL AND posts > 0;
