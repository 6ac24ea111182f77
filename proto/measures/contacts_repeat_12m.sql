-- title: Contacts repeated within 12 months
-- theme: front-door
-- kind: flow
-- unit: percent
-- polarity: low-is-good
-- definition: Contacts about a child who had an earlier contact, on an earlier day, within 12
--   calendar months before, of all contacts.
-- source: Ofsted, ILACS Annex A (August 2019), list 1; months are calendar months, not a number
--   of days
-- limits: A contact at another office is not seen.
-- periods: week month
-- needs: contacts
-- look_back: 366
-- within_district: yes
-- part_of: contacts
SELECT contact_date AS on_date,
       EXISTS (SELECT 1
                 FROM contacts AS earlier
                WHERE earlier.child = contacts.child
                  AND earlier.contact_date < contacts.contact_date
                  AND months_after(earlier.contact_date, 12) >= contacts.contact_date) AS numerator
  FROM contacts;
