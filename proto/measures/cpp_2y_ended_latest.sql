-- title: Ended plans of two years, latest of each child
-- theme: protection
-- kind: flow
-- unit: percent
-- polarity: low-is-good
-- definition: Child protection plans, the child's latest, that ended in the period two calendar
--   years after their start or later, of all that ended.
-- source: Ofsted, ILACS Annex A (August 2019), list 7
-- limits: List 7 has the child's latest plan only, so the figure holds for the last month.
-- periods: week month
-- needs: cpp
-- valid: last-month
-- part_of: cpp_ended_latest
SELECT end_date AS on_date, months_after(start_date, 24) <= end_date AS numerator
  FROM cpp
 WHERE end_date IS NOT NULL;
