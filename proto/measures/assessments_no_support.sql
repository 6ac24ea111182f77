-- title: Assessments that found no need of support
-- theme: assessment
-- kind: flow
-- unit: percent
-- polarity: neutral
-- definition: Assessments authorised in the period that did not find the child in need of social
--   care support, of those whose outcome is known.
-- source: Ofsted, ILACS Annex A (August 2019), list 4
-- periods: week month
-- needs: assessments, assessments.support
-- part_of: assessments_completed
SELECT end_date AS on_date, support = 0 AS numerator
  FROM assessments
 WHERE end_date IS NOT NULL AND support IS NOT NULL;
