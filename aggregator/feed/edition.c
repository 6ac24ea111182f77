#include "aggregator/feed/edition.h"

#include <stdio.h>
#include <string.h>

#include "proto/date.h"
#include "proto/keys.h"

enum err_code edition_parse(const char *text, struct period *edition, struct err *err)
{
	if (period_parse(text, edition, NULL) != ERR_OK || edition->kind == PERIOD_WEEK)
		return err_set(err, ERR_MALFORMED,
			       "edition '%.40s': write a month (2026-09), a quarter of the "
			       "financial year (2026-27-Q2) or a financial year (2026-27)",
			       text);
	return ERR_OK;
}

int edition_periods(struct period edition, enum period_kind kind, struct period out[12])
{
	int n = 0;

	if (kind == PERIOD_WEEK || kind > edition.kind)
		return 0;
	for (struct period p = period_of(kind, edition.start);
	     n < 12 && p.start <= period_end(edition); p = period_next(p, 1))
		out[n++] = p;
	return n;
}

static int version_part(const char **at, int *out)
{
	const char *from = *at;

	*out = 0;
	while (**at >= '0' && **at <= '9' && *at - from < 5)
		*out = *out * 10 + (*(*at)++ - '0');
	return *at > from && (*from != '0' || *at == from + 1) && *out <= EDITION_REVISION_MAX;
}

enum err_code edition_version_parse(const char *text, struct edition_version *version,
				    struct err *err)
{
	const char *at = text;

	if (!version_part(&at, &version->major) || version->major < 1 || *at++ != '.' ||
	    !version_part(&at, &version->minor) || *at != '\0')
		return err_set(err, ERR_MALFORMED,
			       "version '%.40s': write major.minor, 1.0 the first", text);
	return ERR_OK;
}

const char *edition_version_format(struct edition_version version, char out[EDITION_VERSION_TEXT])
{
	(void)snprintf(out, EDITION_VERSION_TEXT, "%u.%u", (unsigned)version.major & 0xffffU,
		       (unsigned)version.minor & 0xffffU);
	return out;
}

enum err_code edition_version_next(const struct edition_version *last, int something_gone,
				   struct edition_version *out, struct err *err)
{
	*out = (struct edition_version){ 1, 0 };
	if (last == NULL)
		return ERR_OK;
	out->major = last->major + (something_gone ? 1 : 0);
	out->minor = something_gone ? 0 : last->minor + 1;
	if (out->major > EDITION_REVISION_MAX || out->minor > EDITION_REVISION_MAX)
		return err_set(err, ERR_FULL, "no revision number is left after %d.%d", last->major,
			       last->minor);
	return ERR_OK;
}

int edition_version_compare(struct edition_version a, struct edition_version b)
{
	return a.major != b.major ? a.major - b.major : a.minor - b.minor;
}

enum err_code edition_folder(const char *feed, struct period edition,
			     struct edition_version version, char out[EDITION_NAME_BYTES],
			     struct err *err)
{
	char period[PERIOD_TEXT_BYTES];
	char number[EDITION_VERSION_TEXT];

	if (!keys_name_valid(feed))
		return err_set(err, ERR_CONFIG,
			       "feed name '%.64s': write 1 to 64 of a-z, 0-9 and -, a letter first",
			       feed);
	(void)snprintf(out, EDITION_NAME_BYTES, "%s_%s_v%s", feed, period_format(edition, period),
		       edition_version_format(version, number));
	return ERR_OK;
}

struct edition_time edition_time(struct period p)
{
	static const char *const months[] = { "January",   "February", "March",    "April",
					      "May",       "June",     "July",     "August",
					      "September", "October",  "November", "December" };
	struct edition_time t = { .time_period = "" };
	int year;
	int month;
	int day;
	int opens; /* the calendar year in which the financial year opens */

	date_to_ymd(p.start, &year, &month, &day);
	opens = month < 4 ? year - 1 : year;
	switch (p.kind) {
	case PERIOD_MONTH:
		(void)snprintf(t.time_period, sizeof t.time_period, "%04u", (unsigned)year % 10000);
		(void)snprintf(t.time_identifier, sizeof t.time_identifier, "%s",
			       months[(month + 11) % 12]);
		break;
	case PERIOD_QUARTER:
		(void)snprintf(t.time_period, sizeof t.time_period, "%04u%02u",
			       (unsigned)opens % 10000, (unsigned)(opens + 1) % 100);
		(void)snprintf(t.time_identifier, sizeof t.time_identifier, "Financial year Q%u",
			       (unsigned)(month + 8) % 12 / 3 % 4 + 1);
		break;
	case PERIOD_YEAR:
		(void)snprintf(t.time_period, sizeof t.time_period, "%04u",
			       (unsigned)(opens + 1) % 10000);
		(void)snprintf(t.time_identifier, sizeof t.time_identifier, "Reporting year");
		break;
	case PERIOD_WEEK:
		break;
	}
	return t;
}

const char *edition_kind_word(enum period_kind kind)
{
	switch (kind) {
	case PERIOD_WEEK:
		return "weekly";
	case PERIOD_MONTH:
		return "monthly";
	case PERIOD_QUARTER:
		return "quarterly";
	case PERIOD_YEAR:
		return "yearly";
	}
	return "";
}
