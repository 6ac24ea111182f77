-- title: Contacts received
-- theme: front-door
-- kind: flow
-- unit: count
-- polarity: neutral
-- definition: Contacts received by children's social care in the period, one for each child in
--   each contact.
-- source: Ofsted, ILACS Annex A (August 2019), list 1
-- limits: A contact about several children counts once for each of them.
-- periods: week month
-- dimensions: age_band, sex, ethnicity, ward, source
-- needs: contacts
SELECT contact_date AS on_date, age_band(birth_date, contact_date, age) AS age_band, sex, ethnicity,
       ward, source
  FROM contacts;
