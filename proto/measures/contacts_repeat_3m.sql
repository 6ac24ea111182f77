-- title: Contacts repeated within 3 months
-- theme: front-door
-- kind: flow
-- unit: percent
-- polarity: low-is-good
-- definition: Contacts about a child who had an earlier contact, on an earlier day, within 3
--   calendar months before, of all contacts.
-- source: Ofsted, ILACS Annex A (August 2019), list 1; months are calendar months, not a number
--   of days
-- limits: The variant for a list that covers six months. A contact at another office is not seen.
-- periods: week month
-- needs: contacts
-- look_back: 92
-- within_district: yes
-- part_of: contacts
SELECT contact_date AS on_date,
       EXISTS (SELECT 1
                 FROM contacts AS earlier
                WHERE earlier.child = contacts.child
                  AND earlier.contact_date < contacts.contact_date
                  AND months_after(earlier.contact_date, 3) >= contacts.contact_date) AS numerator
  FROM contacts;
