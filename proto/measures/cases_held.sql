-- title: Cases held by a worker
-- theme: workforce
-- kind: stock
-- unit: count
-- polarity: neutral
-- definition: Children in need at the as-at who have an allocated worker.
-- source: Ofsted, ILACS Annex A (August 2019), list 6; DfE, children's social work workforce
--   census guide
-- periods: month
-- dimensions: team, status
-- needs: cin, cin.worker
-- valid: as-at
-- part_of: cin_open
SELECT at_date, team, status
  FROM cin
  JOIN at ON start_date <= at_date AND (end_date IS NULL OR end_date > at_date)
 WHERE trim(coalesce(worker, '')) <> '';
