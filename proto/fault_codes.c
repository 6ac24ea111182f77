#include "proto/fault_codes.h"

#include <stddef.h>
#include <string.h>

struct fault_meaning {
	const char *code;
	const char *title;
	const char *mend;
	enum fault_severity severity;
};

static const struct fault_meaning meanings[] = {
	[0] = { "none", "nothing is wrong", "nothing to do", FAULT_NOTE },
	[FAULT_COLUMN_MISSING] = { "column-missing", "a heading that the list needs is not there",
				   "add the column, or name it under headings in the settings",
				   FAULT_REFUSED },
	[FAULT_LIST_MISSING] = { "list-missing", "a declared list is not in the extract",
				 "export the list, with its headings even when it has no rows",
				 FAULT_REFUSED },
	[FAULT_LIST_TWICE] = { "list-twice", "two files or sheets give the same list",
			       "leave one of the two in the extract", FAULT_REFUSED },
	[FAULT_UNREADABLE] = { "unreadable", "the file cannot be read",
			       "export it again as CSV (UTF-8) or XLSX", FAULT_REFUSED },
	[FAULT_TOO_MANY_REJECTED] = { "too-many-rejected",
				      "more rows are bad than the settings allow",
				      "mend the rows listed below and export again",
				      FAULT_REFUSED },
	[FAULT_AS_AT] = { "as-at", "the as-at date cannot be right",
			  "name the folder by the day on which the extract was made",
			  FAULT_REFUSED },
	[FAULT_VALUE_MISSING] = { "value-missing", "a value that the row needs is blank",
				  "fill it in", FAULT_REJECTED },
	[FAULT_DATE] = { "date", "is not a date", "write dates as DD/MM/YYYY or YYYY-MM-DD",
			 FAULT_REJECTED },
	[FAULT_NUMBER] = { "number", "is not a number that fits",
			   "write a plain number within the bounds of the column", FAULT_REJECTED },
	[FAULT_DATE_ORDER] = { "date-order", "ends before it starts",
			       "correct one of the two dates", FAULT_REJECTED },
	[FAULT_DATE_FUTURE] = { "date-future", "lies after the as-at date",
				"correct the date, or leave it blank until it has happened",
				FAULT_REJECTED },
	[FAULT_ROW_SHAPE] = { "row-shape", "the row has more cells than there are headings",
			      "put cells that hold a separator in double quotes", FAULT_REJECTED },
	[FAULT_DUPLICATE] = { "duplicate", "the row is there already",
			      "leave one row; lists 6 and 7 take one row for each child",
			      FAULT_REJECTED },
	[FAULT_CODE] = { "code", "is in no list of codes and was counted as unknown",
			 "use a listed code, or add the spelling to the alias file", FAULT_KEPT },
	[FAULT_BLANK_MARK] = { "blank-mark", "was read as blank", "leave the cell empty",
			       FAULT_NOTE },
	[FAULT_COLUMN_UNKNOWN] = { "column-unknown", "the column is not used",
				   "nothing to do, unless it is one that should be", FAULT_NOTE },
	[FAULT_SHEET_UNKNOWN] = { "sheet-unknown", "the file or sheet is no list that is read",
				  "nothing to do, unless it is one that should be", FAULT_NOTE },
};

static const struct fault_meaning *fault_meaning_of(enum fault_rule rule)
{
	size_t at = (size_t)rule;

	return &meanings[at < sizeof meanings / sizeof meanings[0] ? at : 0];
}

const char *fault_code(enum fault_rule rule)
{
	return fault_meaning_of(rule)->code;
}

const char *fault_title(enum fault_rule rule)
{
	return fault_meaning_of(rule)->title;
}

const char *fault_mend(enum fault_rule rule)
{
	return fault_meaning_of(rule)->mend;
}

enum fault_severity fault_severity(enum fault_rule rule)
{
	return fault_meaning_of(rule)->severity;
}

const char *fault_severity_name(enum fault_severity severity)
{
	switch (severity) {
	case FAULT_NOTE:
		return "note";
	case FAULT_KEPT:
		return "kept";
	case FAULT_REJECTED:
		return "rejected";
	case FAULT_REFUSED:
		return "refused";
	}
	return "note";
}

int fault_rule_find(const char *code)
{
	for (size_t i = 1; i < sizeof meanings / sizeof meanings[0]; i++)
		if (strcmp(meanings[i].code, code) == 0)
			return (int)i;
	return 0;
}
