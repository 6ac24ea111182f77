-- title: Early help completed
-- theme: early-help
-- kind: flow
-- unit: count
-- polarity: neutral
-- definition: Early help assessments or interventions that ended in the period.
-- source: Ofsted, ILACS Annex A (August 2019), list 2
-- limits: There is no national definition of early help: what is listed depends on the office.
-- periods: week month
-- dimensions: age_band, sex, ethnicity, ward, organisation
-- needs: early_help
-- closes: early_help_open
SELECT end_date AS on_date, age_band(birth_date, end_date, age) AS age_band, sex, ethnicity, ward,
       organisation
  FROM early_help
 WHERE end_date IS NOT NULL;
