-- title: Initial conferences that led to a plan
-- theme: protection
-- kind: flow
-- unit: percent
-- polarity: neutral
-- definition: Initial child protection conferences held in the period that led to a child
--   protection plan, of those whose outcome is known.
-- source: Ofsted, ILACS Annex A (August 2019), list 5
-- limits: A conference is listed with its enquiry, so periods in the first 60 days of the window
--   are left out.
-- periods: week month
-- needs: section47, section47.icpc_to_plan
-- look_back: 60
-- part_of: icpc_held
SELECT icpc_date AS on_date, icpc_to_plan AS numerator
  FROM section47
 WHERE icpc_date IS NOT NULL AND icpc_to_plan IS NOT NULL;
