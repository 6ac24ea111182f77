-- title: Assessments completed within 45 working days
-- theme: assessment
-- kind: flow
-- unit: percent
-- polarity: high-is-good
-- definition: Assessments authorised in the period within 45 working days of their start, of all
--   assessments authorised in the period. Open assessments are not in it.
-- source: Working Together to Safeguard Children (2023); DfE, children in need census guide
-- limits: Working days leave out weekends and the bank holidays of England and Wales; the day of
--   the start is day 0.
-- periods: week month
-- dimensions: age_band, ward, team
-- needs: assessments
-- statutory_limit: 45
-- part_of: assessments_completed
SELECT end_date AS on_date, working_days(start_date, end_date) BETWEEN 0 AND 45 AS numerator,
       age_band(birth_date, end_date, age) AS age_band, ward, team
  FROM assessments
 WHERE end_date IS NOT NULL;
