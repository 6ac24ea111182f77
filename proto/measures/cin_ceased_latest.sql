-- title: Episodes of need closed, latest of each child
-- theme: cin
-- kind: flow
-- unit: count
-- polarity: neutral
-- definition: Episodes of need that closed in the period and are the child's latest, by reason.
-- source: Ofsted, ILACS Annex A (August 2019), list 6
-- limits: List 6 has the child's latest episode only, so the figure holds for the last month.
-- periods: week month
-- dimensions: reason
-- needs: cin
-- valid: last-month
SELECT end_date AS on_date, reason
  FROM cin
 WHERE end_date IS NOT NULL;
