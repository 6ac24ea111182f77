-- title: Plans whose latest review is not overdue
-- theme: protection
-- kind: stock
-- unit: percent
-- polarity: high-is-good
-- definition: Child protection plans open for at least three calendar months at the as-at whose
--   latest review conference was within the six calendar months before, of all plans open that
--   long.
-- source: Ofsted, ILACS Annex A (August 2019), list 7; Working Together to Safeguard Children
--   (2023)
-- limits: List 7 has the latest review only, so reviews that were late before are not seen.
-- periods: month
-- needs: cpp, cpp.last_review
-- valid: as-at
-- part_of: cpp_open
SELECT at_date, coalesce(months_after(last_review, 6) >= at_date, 0) AS numerator
  FROM cpp
  JOIN at ON start_date <= at_date AND (end_date IS NULL OR end_date > at_date)
 WHERE months_after(start_date, 3) <= at_date;
