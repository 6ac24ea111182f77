-- title: Rows rejected
-- theme: quality
-- kind: stock
-- unit: count
-- polarity: low-is-good
-- definition: Data rows of each list of the extract that were rejected, with the reason in the
--   district's own report.
-- source: The extract itself
-- periods: month
-- dimensions: list
-- valid: as-at
-- range: 0 2000000
-- part_of: rows_read
SELECT at_date, rows_rejected AS numerator, name AS list
  FROM list
  JOIN at
 WHERE state <> 'absent';
