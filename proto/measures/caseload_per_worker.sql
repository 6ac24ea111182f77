-- title: Workers, by cases held
-- theme: workforce
-- kind: stock
-- unit: count
-- polarity: neutral
-- definition: Workers who are allocated to children in need at the as-at, by the number of those
--   children.
-- source: Ofsted, ILACS Annex A (August 2019), list 6
-- limits: Workers without cases are not in it. A case with two workers counts for the one listed.
-- periods: month
-- dimensions: cases
-- buckets: 1-10, 11-15, 16-18, 19-20, 21-25, 26-30, 31-40, 41+
-- needs: cin, cin.worker
-- valid: as-at
SELECT at_date, count(*) AS cases
  FROM cin
  JOIN at ON start_date <= at_date AND (end_date IS NULL OR end_date > at_date)
 WHERE trim(coalesce(worker, '')) <> ''
 GROUP BY at_date, trim(worker);
