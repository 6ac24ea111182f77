-- title: Children in need
-- theme: cin
-- kind: stock
-- unit: count
-- polarity: neutral
-- definition: Children in need at the as-at: episodes that had begun and had not closed then,
--   children looked after, on a plan and in an open assessment included.
-- source: Ofsted, ILACS Annex A (August 2019), list 6; DfE, children in need census guide
-- limits: Referrals with no further action are not episodes.
-- periods: month
-- dimensions: age_band, sex, ethnicity, ward, need, status
-- needs: cin
-- valid: as-at
SELECT at_date, age_band(birth_date, at_date, age) AS age_band, sex, ethnicity, ward, need, status
  FROM cin
  JOIN at ON start_date <= at_date AND (end_date IS NULL OR end_date > at_date);
