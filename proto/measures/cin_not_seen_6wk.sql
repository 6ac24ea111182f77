-- title: Children in need not seen for six weeks
-- theme: cin
-- kind: stock
-- unit: percent
-- polarity: low-is-good
-- definition: Children in need at the as-at, for at least 42 days, who were never seen or last
--   seen more than 42 days before, of all in need that long.
-- source: Ofsted, ILACS Annex A (August 2019), list 6, date child was last seen; six weeks is
--   this measure's own choice
-- periods: month
-- dimensions: status, ward, team
-- needs: cin, cin.last_seen
-- valid: as-at
-- part_of: cin_open
SELECT at_date, coalesce(at_date - last_seen > 42, 1) AS numerator, status, ward, team
  FROM cin
  JOIN at ON start_date <= at_date AND (end_date IS NULL OR end_date > at_date)
 WHERE at_date - start_date >= 42;
