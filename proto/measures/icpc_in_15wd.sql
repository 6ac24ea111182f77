-- title: Initial conferences held within 15 working days
-- theme: protection
-- kind: flow
-- unit: percent
-- polarity: high-is-good
-- definition: Initial child protection conferences held within 15 working days of the strategy
--   discussion that began the enquiry, of all held in the period.
-- source: Working Together to Safeguard Children (2023); DfE, children in need census guide
-- limits: A conference is listed with its enquiry, so periods in the first 60 days of the window
--   are left out.
-- periods: week month
-- dimensions: ward, team
-- needs: section47
-- look_back: 60
-- statutory_limit: 15
-- part_of: icpc_held
SELECT icpc_date AS on_date, working_days(start_date, icpc_date) BETWEEN 0 AND 15 AS numerator,
       ward, team
  FROM section47
 WHERE icpc_date IS NOT NULL;
