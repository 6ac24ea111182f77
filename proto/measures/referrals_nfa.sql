-- title: Referrals with no further action
-- theme: referral
-- kind: flow
-- unit: percent
-- polarity: neutral
-- definition: Referrals that ended with no further action, of the referrals whose outcome is
--   known.
-- source: Ofsted, ILACS Annex A (August 2019), list 3; DfE, children in need census guide
-- periods: week month
-- dimensions: source
-- needs: referrals, referrals.nfa
-- part_of: referrals
SELECT referral_date AS on_date, nfa AS numerator, source
  FROM referrals
 WHERE nfa IS NOT NULL;
