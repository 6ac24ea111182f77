-- title: Early help completed, by days taken
-- theme: early-help
-- kind: flow
-- unit: count
-- polarity: neutral
-- definition: Early help that ended in the period, by calendar days from its start to its end.
-- source: Ofsted, ILACS Annex A (August 2019), list 2
-- limits: There is no national definition of early help: what is listed depends on the office.
-- periods: week month
-- dimensions: days
-- buckets: 0-28, 29-56, 57-91, 92-182, 183-364, 365+
-- needs: early_help
-- part_of: early_help_completed
SELECT end_date AS on_date, end_date - start_date AS days
  FROM early_help
 WHERE end_date IS NOT NULL;
