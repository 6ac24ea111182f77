-- title: Referrals that came from early help
-- theme: early-help
-- kind: flow
-- unit: percent
-- polarity: neutral
-- definition: Referrals whose source is local authority early help (code 5D), of the referrals
--   whose source code is known.
-- source: DfE, children in need census guide, referral source 5D (from 2022 to 2023)
-- limits: Older extracts give only the group of the source; those referrals are left out.
-- periods: week month
-- needs: referrals, referrals.source
-- part_of: referrals
SELECT referral_date AS on_date, source_code = '5D' AS numerator
  FROM referrals
 WHERE source_code IS NOT NULL;
