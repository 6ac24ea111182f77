-- title: Episodes of need started, latest of each child
-- theme: cin
-- kind: flow
-- unit: count
-- polarity: neutral
-- definition: Episodes of need that began in the period and are the child's latest.
-- source: Ofsted, ILACS Annex A (August 2019), list 6
-- limits: List 6 has the child's latest episode only, so the figure holds for the last month.
-- periods: week month
-- dimensions: need
-- needs: cin
-- valid: last-month
SELECT start_date AS on_date, need
  FROM cin;
