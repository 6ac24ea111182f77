-- title: Referrals waiting for an assessment
-- theme: referral
-- kind: stock
-- unit: count
-- polarity: low-is-good
-- definition: Referrals not ended with no further action, for which at the as-at no assessment of
--   the child had begun and no episode of the child had closed since the referral, by calendar
--   days since the referral.
-- source: Ofsted, inspection of Birmingham (May 2014): referrals left without an assessment of
--   risk
-- limits: Referrals before the extract's window are not listed, so longer waits are not seen. A
--   referral whose outcome is not recorded counts as waiting.
-- periods: month
-- dimensions: days, ward
-- buckets: 0-7, 8-14, 15-28, 29-56, 57-91, 92-182, 183+
-- needs: referrals, referrals.nfa, assessments, cin
-- valid: as-at
SELECT at_date, at_date - referral_date AS days, ward
  FROM referrals
  JOIN at ON referral_date <= at_date
 WHERE coalesce(nfa, 0) = 0
   AND NOT EXISTS (SELECT 1
                     FROM assessments
                    WHERE assessments.child = referrals.child
                      AND assessments.start_date BETWEEN referral_date AND at_date)
   AND NOT EXISTS (SELECT 1
                     FROM cin
                    WHERE cin.child = referrals.child
                      AND cin.end_date BETWEEN referral_date AND at_date);
