-- title: Re-referrals within 12 months, latest referral of each child
-- theme: referral
-- kind: flow
-- unit: percent
-- polarity: low-is-good
-- definition: Children whose latest referral is in the period and followed another within 12
--   months, of the children whose latest referral is in the period, as the office counts them.
-- source: Ofsted, ILACS Annex A (August 2019), list 3, number of referrals in the last 12 months
-- limits: The list gives the number for the child's latest referral only, so the figure holds for
--   the last month. A referral at another office is not seen.
-- periods: week month
-- dimensions: age_band, source
-- needs: referrals, referrals.previous_12m
-- valid: last-month
-- within_district: yes
-- part_of: referrals
SELECT referral_date AS on_date, previous_12m > 0 AS numerator,
       age_band(birth_date, referral_date, age) AS age_band, source
  FROM referrals
 WHERE previous_12m IS NOT NULL
   AND NOT EXISTS (SELECT 1
                     FROM referrals AS later
                    WHERE later.child = referrals.child
                      AND (later.referral_date > referrals.referral_date
                           OR (later.referral_date = referrals.referral_date
                               AND later.rowid < referrals.rowid)));
