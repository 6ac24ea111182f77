-- title: Rows read
-- theme: quality
-- kind: stock
-- unit: count
-- polarity: neutral
-- definition: Data rows of each list of the extract, those rejected included.
-- source: The extract itself
-- periods: month
-- dimensions: list
-- valid: as-at
-- range: 0 2000000
SELECT at_date, rows_read AS numerator, name AS list
  FROM list
  JOIN at
 WHERE state <> 'absent';
