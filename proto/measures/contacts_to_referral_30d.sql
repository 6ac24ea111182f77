-- title: Contacts followed by a referral within 30 days
-- theme: front-door
-- kind: flow
-- unit: percent
-- polarity: neutral
-- definition: Contacts about a child who was referred on the day of the contact or in the 30 days
--   after it, of all contacts. A referral before the contact does not count.
-- source: Ofsted, ILACS Annex A (August 2019), lists 1 and 3; 30 days is this measure's own
--   choice
-- limits: A referral taken by another office is not seen.
-- periods: week month
-- dimensions: age_band, source, ward
-- needs: contacts, referrals
-- follow_up: 30
-- part_of: contacts
SELECT contact_date AS on_date, age_band(birth_date, contact_date, age) AS age_band, source, ward,
       EXISTS (SELECT 1
                 FROM referrals
                WHERE referrals.child = contacts.child
                  AND referral_date BETWEEN contact_date AND contact_date + 30) AS numerator
  FROM contacts;
