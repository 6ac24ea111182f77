-- title: Working days lost to absence
-- theme: workforce
-- kind: flow
-- unit: days
-- polarity: low-is-good
-- definition: Working days that social workers lost to absence in the month, agency workers left
--   out.
-- source: DfE, children's social work workforce census guide
-- limits: Counted by the office for the month of the extract.
-- periods: month
-- needs: staff, staff.agency, staff.days_lost
-- valid: last-month
-- range: 0 366000
SELECT min(month_end, as_at) AS on_date, days_lost AS numerator
  FROM staff, extract
 WHERE worker IS NOT NULL AND days_lost IS NOT NULL AND coalesce(agency, 0) = 0;
