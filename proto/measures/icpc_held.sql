-- title: Initial child protection conferences held
-- theme: protection
-- kind: flow
-- unit: count
-- polarity: neutral
-- definition: Initial child protection conferences held in the period, one for each child.
-- source: Ofsted, ILACS Annex A (August 2019), list 5; DfE, children in need census guide
-- limits: A conference is listed with its enquiry, so periods in the first 60 days of the window
--   are left out.
-- periods: week month
-- dimensions: age_band, sex, ethnicity, ward
-- needs: section47
-- look_back: 60
SELECT icpc_date AS on_date, age_band(birth_date, icpc_date, age) AS age_band, sex, ethnicity, ward
  FROM section47
 WHERE icpc_date IS NOT NULL;
