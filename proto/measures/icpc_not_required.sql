-- title: Section 47 enquiries without an initial conference
-- theme: protection
-- kind: flow
-- unit: percent
-- polarity: neutral
-- definition: Section 47 enquiries begun in the period for which an initial child protection
--   conference was deemed unnecessary, of those for which it is recorded.
-- source: Ofsted, ILACS Annex A (August 2019), list 5; DfE, children in need census guide
-- periods: week month
-- needs: section47, section47.icpc_not_required
-- follow_up: 21
-- part_of: section47_started
SELECT start_date AS on_date, icpc_not_required AS numerator
  FROM section47
 WHERE icpc_not_required IS NOT NULL;
