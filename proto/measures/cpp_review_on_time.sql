-- title: Plans reviewed within the required times
-- theme: protection
-- kind: stock
-- unit: percent
-- polarity: high-is-good
-- definition: Child protection plans open for at least three calendar months at the as-at, first
--   reviewed within three calendar months of their start and then every six, the last review
--   within the six before the as-at, of all plans open that long.
-- source: DfE, characteristics of children in need, table D6; Working Together to Safeguard
--   Children (2023)
-- periods: month
-- needs: cpp_plans, cpp_reviews
-- valid: as-at
WITH review AS (
       SELECT cpp_plans.plan, start_date, review_date,
              lag(review_date) OVER (PARTITION BY cpp_plans.plan ORDER BY review_date) AS before
         FROM cpp_plans
         JOIN cpp_reviews ON cpp_reviews.plan = cpp_plans.plan
        WHERE review_date BETWEEN start_date AND (SELECT max(at_date) FROM at)),
     kept AS (
       SELECT plan, max(review_date) AS latest,
              min(review_date <= CASE WHEN before IS NULL THEN months_after(start_date, 3)
                                      ELSE months_after(before, 6) END) AS on_time
         FROM review
        GROUP BY plan)
SELECT at_date,
       coalesce(on_time AND months_after(latest, 6) >= at_date, 0) AS numerator
  FROM cpp_plans
  JOIN at ON start_date <= at_date AND (end_date IS NULL OR end_date > at_date)
  LEFT JOIN kept ON kept.plan = cpp_plans.plan
 WHERE months_after(start_date, 3) <= at_date;
