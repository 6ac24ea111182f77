-- title: Section 47 enquiries started
-- theme: protection
-- kind: flow
-- unit: count
-- polarity: neutral
-- definition: Section 47 enquiries whose strategy discussion was held in the period.
-- source: Ofsted, ILACS Annex A (August 2019), list 5; DfE, children in need census guide
-- periods: week month
-- dimensions: age_band, sex, ethnicity, ward
-- needs: section47
SELECT start_date AS on_date, age_band(birth_date, start_date, age) AS age_band, sex, ethnicity,
       ward
  FROM section47;
