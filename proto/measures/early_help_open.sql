-- title: Early help open
-- theme: early-help
-- kind: stock
-- unit: count
-- polarity: neutral
-- definition: Early help that had begun by the as-at and had not ended then.
-- source: Ofsted, ILACS Annex A (August 2019), list 2
-- limits: There is no national definition of early help: what is listed depends on the office.
-- periods: month
-- dimensions: age_band, sex, ethnicity, ward
-- needs: early_help
-- valid: as-at
SELECT at_date, age_band(birth_date, at_date, age) AS age_band, sex, ethnicity, ward
  FROM early_help
  JOIN at ON start_date <= at_date AND (end_date IS NULL OR end_date > at_date);
