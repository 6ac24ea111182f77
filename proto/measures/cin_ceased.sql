-- title: Episodes of need closed
-- theme: cin
-- kind: flow
-- unit: count
-- polarity: neutral
-- definition: Episodes of need that closed in the period, by reason.
-- source: DfE, children in need census guide
-- periods: week month
-- dimensions: age_band, reason
-- needs: cin_episodes
SELECT end_date AS on_date, age_band(birth_date, end_date, age) AS age_band, reason
  FROM cin_episodes
 WHERE end_date IS NOT NULL;
