-- title: Children on a plan not visited for six weeks
-- theme: protection
-- kind: stock
-- unit: percent
-- polarity: low-is-good
-- definition: Child protection plans open at the as-at whose last statutory visit was more than
--   42 days before, or that began more than 42 days before and had no visit, of all plans open.
-- source: Ofsted, ILACS Annex A (August 2019), list 7; six weeks is the interval that inspection
--   looks at
-- limits: Offices set shorter intervals for many children; these are not seen.
-- periods: month
-- dimensions: ward, team
-- needs: cpp, cpp.last_visit
-- valid: as-at
-- part_of: cpp_open
SELECT at_date, at_date - coalesce(last_visit, start_date) > 42 AS numerator, ward, team
  FROM cpp
  JOIN at ON start_date <= at_date AND (end_date IS NULL OR end_date > at_date);
