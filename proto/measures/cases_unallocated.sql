-- title: Cases without a worker
-- theme: workforce
-- kind: stock
-- unit: count
-- polarity: low-is-good
-- definition: Children in need at the as-at who have no allocated worker.
-- source: Ofsted, ILACS Annex A (August 2019), list 6
-- periods: month
-- dimensions: status, ward
-- needs: cin, cin.worker
-- valid: as-at
-- part_of: cin_open
SELECT at_date, status, ward
  FROM cin
  JOIN at ON start_date <= at_date AND (end_date IS NULL OR end_date > at_date)
 WHERE trim(coalesce(worker, '')) = '';
