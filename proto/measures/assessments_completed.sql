-- title: Assessments completed
-- theme: assessment
-- kind: flow
-- unit: count
-- polarity: neutral
-- definition: Continuous assessments authorised in the period.
-- source: Ofsted, ILACS Annex A (August 2019), list 4; DfE, children in need census guide
-- periods: week month
-- dimensions: age_band, sex, ethnicity, ward, disability
-- needs: assessments
SELECT end_date AS on_date, age_band(birth_date, end_date, age) AS age_band, sex, ethnicity, ward,
       disability
  FROM assessments
 WHERE end_date IS NOT NULL;
