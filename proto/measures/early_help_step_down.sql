-- title: Early help that followed social care
-- theme: early-help
-- kind: flow
-- unit: percent
-- polarity: neutral
-- definition: Early help that began on the day the child's social care episode closed or in the
--   30 days after it, of all early help that began.
-- source: Ofsted, ILACS Annex A (August 2019), lists 2 and 6; 30 days is this measure's own
--   choice
-- limits: List 6 has the child's latest episode only, so the figure holds for the last month.
-- periods: week month
-- needs: early_help, cin
-- valid: last-month
-- part_of: early_help_started
SELECT start_date AS on_date,
       EXISTS (SELECT 1
                 FROM cin
                WHERE cin.child = early_help.child
                  AND early_help.start_date BETWEEN cin.end_date AND cin.end_date + 30) AS numerator
  FROM early_help;
