-- title: Early help stepped up to a referral
-- theme: early-help
-- kind: flow
-- unit: percent
-- polarity: neutral
-- definition: Early help that ended in the period, whose child was referred to social care while
--   it ran or in the 90 days after it ended, of all early help that ended.
-- source: Ofsted, ILACS Annex A (August 2019), lists 2 and 3; 90 days is this measure's own
--   choice
-- limits: A referral before the extract's window is not listed, so long interventions may have
--   had one that is not seen.
-- periods: week month
-- dimensions: age_band, ward
-- needs: early_help, referrals
-- follow_up: 90
-- part_of: early_help_completed
SELECT end_date AS on_date, age_band(birth_date, end_date, age) AS age_band, ward,
       EXISTS (SELECT 1
                 FROM referrals
                WHERE referrals.child = early_help.child
                  AND referral_date BETWEEN start_date AND end_date + 90) AS numerator
  FROM early_help
 WHERE end_date IS NOT NULL;
