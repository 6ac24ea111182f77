-- title: Closures after assessment referred to early help
-- theme: early-help
-- kind: flow
-- unit: percent
-- polarity: neutral
-- definition: Episodes closed with the reason "closed after assessment, referred to early help"
--   (RC9), of all episodes closed.
-- source: DfE, children in need census guide, reason for closure RC9 (from 2022 to 2023)
-- limits: List 6 has the child's latest episode only, so the figure holds for the last month.
-- periods: week month
-- needs: cin, cin.reason
-- valid: last-month
-- part_of: cin_ceased_latest
SELECT end_date AS on_date, coalesce(reason = 'RC9', 0) AS numerator
  FROM cin
 WHERE end_date IS NOT NULL;
