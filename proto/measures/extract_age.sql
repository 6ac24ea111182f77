-- title: Days since the newest contact or referral
-- theme: quality
-- kind: stock
-- unit: days
-- polarity: low-is-good
-- definition: Calendar days from the newest contact or referral in the extract to its as-at.
-- source: The extract itself
-- limits: Without any event it is at least the days since the window began.
-- periods: month
-- needs: referrals
-- valid: as-at
-- range: 0 36600000
WITH event AS (
       SELECT contact_date AS event_date FROM contacts
        UNION ALL SELECT referral_date FROM referrals
        UNION ALL SELECT window_start FROM extract)
SELECT at_date, 1000 * (at_date - max(event_date)) AS numerator
  FROM at
  JOIN event ON event_date <= at_date
 GROUP BY at_date;
