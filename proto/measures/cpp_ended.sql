-- title: Child protection plans ended
-- theme: protection
-- kind: flow
-- unit: count
-- polarity: neutral
-- definition: Child protection plans that ended in the period.
-- source: DfE, children in need census guide
-- periods: week month
-- dimensions: category, age_band
-- needs: cpp_plans
-- closes: cpp_open
SELECT end_date AS on_date, category, age_band(birth_date, end_date, age) AS age_band
  FROM cpp_plans
 WHERE end_date IS NOT NULL;
