-- title: Assessments completed, by working days taken
-- theme: assessment
-- kind: flow
-- unit: count
-- polarity: neutral
-- definition: Assessments authorised in the period, by working days from their start to their
--   authorisation.
-- source: DfE, children in need census guide; bands of the published table
-- limits: The day of the start is day 0.
-- periods: week month
-- dimensions: days
-- buckets: 0, 1-10, 11-20, 21-30, 31-40, 41-45, 46-50, 51-60, 61+
-- needs: assessments
-- statutory_limit: 45
-- part_of: assessments_completed
SELECT end_date AS on_date, working_days(start_date, end_date) AS days
  FROM assessments
 WHERE end_date IS NOT NULL;
