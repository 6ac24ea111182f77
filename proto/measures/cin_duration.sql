-- title: Children in need, by days since the start
-- theme: cin
-- kind: stock
-- unit: count
-- polarity: neutral
-- definition: Children in need at the as-at, by calendar days since their episode began.
-- source: Ofsted, ILACS Annex A (August 2019), list 6; DfE, children in need census guide
-- periods: month
-- dimensions: days
-- buckets: 0-91, 92-182, 183-364, 365-729, 730+
-- needs: cin
-- valid: as-at
-- part_of: cin_open
SELECT at_date, at_date - start_date AS days
  FROM cin
  JOIN at ON start_date <= at_date AND (end_date IS NULL OR end_date > at_date);
