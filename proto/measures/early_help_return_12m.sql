-- title: Early help again within 12 months
-- theme: early-help
-- kind: flow
-- unit: percent
-- polarity: low-is-good
-- definition: Early help that began for a child whose earlier early help had ended on that day or
--   within 12 calendar months before, of all early help that began.
-- source: Ofsted, ILACS Annex A (August 2019), list 2; months are calendar months, not a number
--   of days
-- limits: Early help at another office is not seen.
-- periods: week month
-- needs: early_help
-- look_back: 366
-- within_district: yes
-- part_of: early_help_started
SELECT start_date AS on_date,
       EXISTS (SELECT 1
                 FROM early_help AS earlier
                WHERE earlier.child = early_help.child
                  AND earlier.rowid <> early_help.rowid
                  AND earlier.end_date <= early_help.start_date
                  AND months_after(earlier.end_date, 12) >= early_help.start_date) AS numerator
  FROM early_help;
