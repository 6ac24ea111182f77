-- title: Second or subsequent plans, latest plan of each child
-- theme: protection
-- kind: flow
-- unit: percent
-- polarity: low-is-good
-- definition: Child protection plans begun in the period, the child's latest, for a child who had
--   a plan before with the same authority, of those for which it is known.
-- source: Ofsted, ILACS Annex A (August 2019), list 7
-- limits: List 7 has the child's latest plan only, so the figure holds for the last month.
-- periods: week month
-- needs: cpp, cpp.previous_plans
-- valid: last-month
-- part_of: cpp_started_latest
SELECT start_date AS on_date, previous_plans > 0 AS numerator
  FROM cpp
 WHERE previous_plans IS NOT NULL;
