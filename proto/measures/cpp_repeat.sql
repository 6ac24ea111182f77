-- title: Second or subsequent child protection plans
-- theme: protection
-- kind: flow
-- unit: percent
-- polarity: low-is-good
-- definition: Child protection plans begun in the period for a child who had a plan before, of
--   the plans begun for which it is known.
-- source: DfE, children in need census guide; DfE, characteristics of children in need, table D3
-- limits: Earlier plans with other authorities count only where they are recorded.
-- periods: week month
-- needs: cpp_plans, cpp_plans.previous_plans
-- part_of: cpp_started
SELECT start_date AS on_date, previous_plans > 0 AS numerator
  FROM cpp_plans
 WHERE previous_plans IS NOT NULL;
