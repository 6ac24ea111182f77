-- title: Early help open, by lead organisation
-- theme: early-help
-- kind: stock
-- unit: count
-- polarity: neutral
-- definition: Early help open at the as-at, by the organisation that leads it.
-- source: Ofsted, ILACS Annex A (August 2019), list 2
-- limits: There is no national definition of early help: what is listed depends on the office.
-- periods: month
-- dimensions: organisation
-- needs: early_help
-- valid: as-at
-- part_of: early_help_open
SELECT at_date, organisation
  FROM early_help
  JOIN at ON start_date <= at_date AND (end_date IS NULL OR end_date > at_date);
