-- title: Child protection plans started
-- theme: protection
-- kind: flow
-- unit: count
-- polarity: neutral
-- definition: Child protection plans that began in the period.
-- source: DfE, children in need census guide
-- periods: week month
-- dimensions: category, age_band
-- needs: cpp_plans
-- opens: cpp_open
SELECT start_date AS on_date, category, age_band(birth_date, start_date, age) AS age_band
  FROM cpp_plans;
