-- title: Children on a child protection plan
-- theme: protection
-- kind: stock
-- unit: count
-- polarity: neutral
-- definition: Child protection plans that had begun by the as-at and had not ended then.
-- source: Ofsted, ILACS Annex A (August 2019), list 7; DfE, children in need census guide
-- periods: month
-- dimensions: age_band, sex, ethnicity, ward, category
-- needs: cpp
-- valid: as-at
SELECT at_date, age_band(birth_date, at_date, age) AS age_band, sex, ethnicity, ward, category
  FROM cpp
  JOIN at ON start_date <= at_date AND (end_date IS NULL OR end_date > at_date);
