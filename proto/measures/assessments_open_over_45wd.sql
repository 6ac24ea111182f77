-- title: Assessments open for more than 45 working days
-- theme: assessment
-- kind: stock
-- unit: percent
-- polarity: low-is-good
-- definition: Assessments open at the date that began more than 45 working days before it, of all
--   assessments open.
-- source: Working Together to Safeguard Children (2023); DfE, children in need census guide
-- periods: month
-- needs: assessments
-- statutory_limit: 45
-- part_of: assessments_open
SELECT at_date, working_days(start_date, at_date) > 45 AS numerator
  FROM assessments
  JOIN at ON start_date <= at_date AND (end_date IS NULL OR end_date > at_date);
