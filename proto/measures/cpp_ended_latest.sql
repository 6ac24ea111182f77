-- title: Child protection plans ended, latest plan of each child
-- theme: protection
-- kind: flow
-- unit: count
-- polarity: neutral
-- definition: Child protection plans that ended in the period and are the child's latest.
-- source: Ofsted, ILACS Annex A (August 2019), list 7
-- limits: List 7 has the child's latest plan only, so the figure holds for the last month.
-- periods: week month
-- needs: cpp
-- valid: last-month
SELECT end_date AS on_date
  FROM cpp
 WHERE end_date IS NOT NULL;
