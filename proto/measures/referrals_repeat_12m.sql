-- title: Re-referrals within 12 months
-- theme: referral
-- kind: flow
-- unit: percent
-- polarity: low-is-good
-- definition: Referrals of a child who was referred before, on an earlier day, within 12 calendar
--   months, of all referrals.
-- source: DfE, children in need census guide; DfE, characteristics of children in need,
--   methodology
-- limits: Needs more than 12 months of referrals. A referral at another office is not seen.
-- periods: week month
-- needs: referrals
-- look_back: 366
-- within_district: yes
-- part_of: referrals
SELECT referral_date AS on_date,
       EXISTS (SELECT 1
                 FROM referrals AS earlier
                WHERE earlier.child = referrals.child
                  AND earlier.referral_date < referrals.referral_date
                  AND months_after(earlier.referral_date, 12) >= referrals.referral_date)
           AS numerator
  FROM referrals;
