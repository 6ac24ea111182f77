-- title: Contacts followed by early help within 30 days
-- theme: front-door
-- kind: flow
-- unit: percent
-- polarity: neutral
-- definition: Contacts about a child whose early help began on the day of the contact or in the
--   30 days after it, of all contacts.
-- source: Ofsted, ILACS Annex A (August 2019), lists 1 and 2; 30 days is this measure's own
--   choice
-- limits: Offices differ in what they list as early help.
-- periods: week month
-- dimensions: age_band, source, ward
-- needs: contacts, early_help
-- follow_up: 30
-- part_of: contacts
SELECT contact_date AS on_date, age_band(birth_date, contact_date, age) AS age_band, source, ward,
       EXISTS (SELECT 1
                 FROM early_help
                WHERE early_help.child = contacts.child
                  AND start_date BETWEEN contact_date AND contact_date + 30) AS numerator
  FROM contacts;
