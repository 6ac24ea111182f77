-- title: Ended plans that had lasted two years
-- theme: protection
-- kind: flow
-- unit: percent
-- polarity: low-is-good
-- definition: Child protection plans that ended in the period two calendar years after their
--   start or later, of all plans that ended.
-- source: DfE, characteristics of children in need, table D7
-- periods: week month
-- needs: cpp_plans
-- part_of: cpp_ended
SELECT end_date AS on_date, months_after(start_date, 24) <= end_date AS numerator
  FROM cpp_plans
 WHERE end_date IS NOT NULL;
