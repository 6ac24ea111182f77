-- title: Assessments open
-- theme: assessment
-- kind: stock
-- unit: count
-- polarity: neutral
-- definition: Assessments that had begun by the date and were not yet authorised then, by
--   calendar days since their start.
-- source: Ofsted, ILACS Annex A (August 2019), list 4
-- periods: month
-- dimensions: days, ward, team
-- buckets: 0-14, 15-28, 29-42, 43-63, 64-91, 92+
-- needs: assessments
SELECT at_date, at_date - start_date AS days, ward, team
  FROM assessments
  JOIN at ON start_date <= at_date AND (end_date IS NULL OR end_date > at_date);
