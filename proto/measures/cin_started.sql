-- title: Episodes of need started
-- theme: cin
-- kind: flow
-- unit: count
-- polarity: neutral
-- definition: Episodes of need that began in the period, counted at the referral that led to
--   them.
-- source: DfE, children in need census guide
-- periods: week month
-- dimensions: age_band, need
-- needs: cin_episodes
SELECT start_date AS on_date, age_band(birth_date, start_date, age) AS age_band, need
  FROM cin_episodes;
