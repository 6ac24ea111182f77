-- title: Referrals
-- theme: referral
-- kind: flow
-- unit: count
-- polarity: neutral
-- definition: Referrals to children's social care received in the period, those that end with no
--   further action included.
-- source: Ofsted, ILACS Annex A (August 2019), list 3; DfE, children in need census guide
-- periods: week month
-- dimensions: age_band, sex, ethnicity, ward, source
-- needs: referrals
SELECT referral_date AS on_date, age_band(birth_date, referral_date, age) AS age_band, sex,
       ethnicity, ward, source
  FROM referrals;
