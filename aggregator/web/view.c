/* The query of a page in, place and period out; and back into links. What a person may have typed
 * is refused with the parameter's name and what would be right. */

#include "aggregator/web/view.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/clock.h"
#include "proto/codes.h"
#include "proto/date.h"
#include "proto/limits.h"

/* The value, or NULL when it is absent or empty. */
static const char *view_value(const struct request *rq, const char *name)
{
	const char *value = request_query(rq, name);

	return value == NULL || value[0] == '\0' ? NULL : value;
}

/* ---- which period is the newest */

/* The outermost period with figures of the area, by key. An area above the reporting ones has rows
 * of the roll-up, or is about to (dirty); a reporting one has what it carried itself. */
static const char sql_newest[] =
	"SELECT max(period) FROM ("
	"SELECT max(period) AS period FROM rollup WHERE area = $1 AND period BETWEEN $2 AND $3"
	" UNION ALL SELECT max(period) FROM dirty WHERE area = $1 AND period BETWEEN $2 AND $3"
	" UNION ALL SELECT max(period) FROM carried WHERE area = $1 AND period BETWEEN $2 AND $3)";
static const char sql_oldest[] =
	"SELECT min(period) FROM ("
	"SELECT min(period) AS period FROM rollup WHERE area = $1 AND period BETWEEN $2 AND $3"
	" UNION ALL SELECT min(period) FROM dirty WHERE area = $1 AND period BETWEEN $2 AND $3"
	" UNION ALL SELECT min(period) FROM carried WHERE area = $1 AND period BETWEEN $2 AND $3)";

/* *key 0: none. from, to: period keys. */
static enum err_code view_outermost(const struct web *web, const char *sql, int64_t from,
				    int64_t to, int64_t *key, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int row = 0;
	enum err_code code = db_prepare(web->reading.store->db, &stmt, sql, err);

	*key = 0;
	if (code == ERR_OK) {
		db_bind_text(stmt, 1, web->reading.config->area);
		db_bind_int(stmt, 2, from);
		db_bind_int(stmt, 3, to);
		code = db_step(stmt, &row, err);
	}
	if (code == ERR_OK && row)
		*key = sqlite3_column_int64(stmt, 0);
	db_finalize(&stmt);
	return code;
}

static int64_t view_first_key(enum period_kind kind)
{
	return period_key((struct period){ kind, LIMIT_DAY_MIN });
}

static const char sql_whole[] =
	"SELECT EXISTS (SELECT 1 FROM rollup WHERE area = $1 AND period = $2"
	" AND n_areas - n_provisional >= $3)"
	" OR EXISTS (SELECT 1 FROM carried WHERE area = $1 AND period = $2 AND provisional = 0)";

/* Whether every reporting area has sent figures of the whole period. */
static enum err_code view_is_whole(const struct web *web, struct period p, int *whole,
				   struct err *err)
{
	const struct area_tree *tree = web->reading.areas;
	int *reporting = calloc((size_t)tree->n_areas, sizeof *reporting);
	sqlite3_stmt *stmt = NULL;
	int row = 0;
	enum err_code code;
	int n;

	*whole = 0;
	if (reporting == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	n = area_reporting(tree, area_find(tree, web->reading.config->area), p.start, period_end(p),
			   reporting);
	free(reporting);
	code = db_prepare(web->reading.store->db, &stmt, sql_whole, err);
	if (code == ERR_OK) {
		db_bind_text(stmt, 1, web->reading.config->area);
		db_bind_int(stmt, 2, period_key(p));
		db_bind_int(stmt, 3, n);
		code = db_step(stmt, &row, err);
	}
	if (code == ERR_OK && row)
		*whole = sqlite3_column_int(stmt, 0);
	db_finalize(&stmt);
	return code;
}

/* The newest week or month that had ended on the day and is settled; without any figures, the last
 * one that had ended. */
static enum err_code view_newest_base(const struct web *web, enum period_kind kind, int32_t today,
				      struct period *out, struct err *err)
{
	int due_days = web->reading.config->due_working_days;
	struct period to = period_next(period_of(kind, today), -1);
	int found = 0;

	*out = to;
	for (;;) {
		struct period p;
		int64_t key;
		int whole = 0;
		enum err_code code = view_outermost(web, sql_newest, view_first_key(kind),
						    period_key(to), &key, err);

		if (code != ERR_OK || key == 0)
			return code;
		p = period_from_key(key);
		if (!found)
			*out = p;
		found = 1;
		if (date_add_working_days(period_end(p), due_days) >= today)
			code = view_is_whole(web, p, &whole, err);
		else
			whole = 1;
		if (whole)
			*out = p;
		if (whole || code != ERR_OK)
			return code;
		to = period_next(p, -1);
	}
}

static enum err_code view_newest(const struct web *web, struct view *v, struct err *err)
{
	int32_t today = v->known_on == INT32_MIN ? clock_today() : v->known_on;
	int is_derived = v->by == PERIOD_QUARTER || v->by == PERIOD_YEAR;
	struct period base;
	enum err_code code =
		view_newest_base(web, is_derived ? PERIOD_MONTH : v->by, today, &base, err);

	if (code != ERR_OK)
		return code;
	v->newest = base;
	if (is_derived) {
		v->newest = period_of(v->by, base.start);
		if (period_end(v->newest) > period_end(base))
			v->newest = period_next(v->newest, -1);
	}
	return ERR_OK;
}

int view_span(const struct web *web, const struct view *v, struct period *oldest,
	      struct period *newest)
{
	enum period_kind base = v->by == PERIOD_WEEK ? PERIOD_WEEK : PERIOD_MONTH;
	int64_t last = period_key((struct period){ base, LIMIT_DAY_MAX });
	int64_t first_key, last_key;

	if (view_outermost(web, sql_oldest, view_first_key(base), last, &first_key, NULL) !=
		    ERR_OK ||
	    view_outermost(web, sql_newest, view_first_key(base), last, &last_key, NULL) !=
		    ERR_OK ||
	    first_key == 0)
		return 0;
	*oldest = period_of(v->by, period_from_key(first_key).start);
	*newest = period_of(v->by, period_from_key(last_key).start);
	return 1;
}

/* ---- one parameter each */

static enum err_code view_read_area(const struct web *web, const struct request *rq, struct view *v,
				    struct err *err)
{
	const struct area_tree *tree = web->reading.areas;
	const char *city = web->reading.config->area;
	const char *text = view_value(rq, "area");
	enum err_code code;

	v->default_area =
		area_find(tree, rq->viewer.role == ROLE_DISTRICT && rq->viewer.area[0] != '\0'
					? rq->viewer.area
					: city);
	if (v->default_area < 0)
		return err_set(err, ERR_CONFIG,
			       "the area '%s' is not in the area file; an administrator must mend "
			       "the account or the settings",
			       rq->viewer.role == ROLE_DISTRICT ? rq->viewer.area : city);
	v->area = v->default_area;
	if (text == NULL)
		return ERR_OK;
	code = rollup_area(tree, text, &v->area, err);
	if (code == ERR_OK && tree->areas[v->area].level == AREA_WARD)
		code = err_set(err, ERR_MISSING,
			       "'%s' is a ward; ask for its district and breakdown=ward", text);
	if (code == ERR_OK && !viewer_sees_area(&rq->viewer, text, city))
		code = err_set(err, ERR_DENIED,
			       "your account shows your own district and the city, not %s",
			       tree->areas[v->area].name);
	if (code != ERR_OK)
		err_wrap(err, "area");
	return code;
}

static enum err_code view_read_known_on(const struct request *rq, struct view *v, struct err *err)
{
	const char *text = view_value(rq, "known-on");
	enum err_code code = ERR_OK;

	v->known_on = INT32_MIN;
	if (text == NULL)
		return ERR_OK;
	code = date_parse_iso(text, &v->known_on, err);
	if (code == ERR_OK && v->known_on < LIMIT_DAY_MIN)
		code = err_set(err, ERR_MALFORMED, "'%s' is too early; give a day after 2010",
			       text);
	if (code == ERR_OK && v->known_on > clock_today())
		code = err_set(err, ERR_MALFORMED,
			       "'%s' is in the future; give today or an earlier day", text);
	if (code != ERR_OK)
		err_wrap(err, "known-on");
	return code;
}

/* by and period: the kind is what `by` says, else that of the period, else months. */
static enum err_code view_read_period(const struct web *web, const struct request *rq,
				      struct view *v, struct err *err)
{
	const char *by = view_value(rq, "by");
	const char *text = view_value(rq, "period");
	struct period asked;
	enum err_code code = ERR_OK;

	v->by = PERIOD_MONTH;
	if (text != NULL) {
		code = period_parse(text, &asked, err);
		if (code == ERR_OK && !period_valid(asked))
			code = err_set(err, ERR_MALFORMED, "'%s' is before 2010 or after 2099",
				       text);
		if (code != ERR_OK) {
			err_wrap(err, "period");
			return code;
		}
		v->by = asked.kind;
	}
	if (by != NULL) {
		code = period_kind_parse(by, &v->by, err);
		if (code != ERR_OK) {
			err_wrap(err, "by");
			return code;
		}
	}
	code = view_newest(web, v, err);
	v->period = v->newest;
	if (code != ERR_OK || text == NULL)
		return code;
	v->period = asked;
	if (asked.kind != v->by) {
		v->period = period_of(v->by, period_end(asked));
		if (v->period.start > v->newest.start)
			v->period = v->newest;
	}
	return ERR_OK;
}

static enum err_code view_read_n(const struct request *rq, struct view *v, struct err *err)
{
	const char *text = view_value(rq, "n");
	char *end;
	long n;

	v->n_periods = VIEW_PERIODS_DEFAULT;
	if (text == NULL)
		return ERR_OK;
	n = strtol(text, &end, 10);
	if (*end != '\0' || text[0] < '0' || text[0] > '9' || n < 1 || n > VIEW_PERIODS_MAX)
		return err_set(err, ERR_MALFORMED,
			       "n: '%.40s' is not how many periods to show, a whole number from 1 "
			       "to %d",
			       text, VIEW_PERIODS_MAX);
	v->n_periods = (int)n;
	return ERR_OK;
}

/* Whether it looks like a code: so that nothing else comes back in links and headings. */
static int view_is_code(const char *text, size_t size)
{
	return strlen(text) < size &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-") == strlen(text);
}

static enum err_code view_read_order(const struct request *rq, struct view *v, struct err *err)
{
	const char *breakdown = view_value(rq, "breakdown");
	const char *sort = view_value(rq, "sort");
	const char *desc = view_value(rq, "desc");

	if (breakdown != NULL &&
	    (!view_is_code(breakdown, sizeof v->breakdown) || !codes_is_dimension(breakdown)))
		return err_set(err, ERR_MISSING,
			       "breakdown: there is no breakdown '%.40s'; a measure's page lists "
			       "those that it has",
			       breakdown);
	if (sort != NULL && !view_is_code(sort, sizeof v->sort))
		return err_set(err, ERR_MALFORMED,
			       "sort: '%.40s' is not the name of a column; use the links in the "
			       "table's headings",
			       sort);
	if (desc != NULL && strcmp(desc, "0") != 0 && strcmp(desc, "1") != 0)
		return err_set(err, ERR_MALFORMED,
			       "desc: '%.40s' is neither 1 (largest first) nor 0", desc);
	(void)snprintf(v->breakdown, sizeof v->breakdown, "%s", breakdown == NULL ? "" : breakdown);
	(void)snprintf(v->sort, sizeof v->sort, "%s", sort == NULL ? "" : sort);
	v->descending = desc != NULL && desc[0] == '1';
	return ERR_OK;
}

enum err_code view_read(struct web *web, const struct request *rq, struct view *v, struct err *err)
{
	enum err_code code;

	memset(v, 0, sizeof *v);
	code = view_read_area(web, rq, v, err);
	if (code == ERR_OK)
		code = view_read_known_on(rq, v, err);
	if (code == ERR_OK)
		code = view_read_period(web, rq, v, err);
	if (code == ERR_OK)
		code = view_read_n(rq, v, err);
	if (code == ERR_OK)
		code = view_read_order(rq, v, err);
	return code;
}

/* ---- back into a link */

#define VIEW_PARAMETERS 8
#define VIEW_CHANGES 16 /* of one link */

struct view_pair {
	const char *name, *value; /* "": left out */
};

struct view_texts {
	char period[PERIOD_TEXT_BYTES], n[12], known_on[DATE_TEXT_BYTES];
};

static void view_pairs(const struct web *web, const struct view *v, struct view_texts *texts,
		       struct view_pair pairs[VIEW_PARAMETERS])
{
	(void)period_format(v->period, texts->period);
	(void)snprintf(texts->n, sizeof texts->n, "%d", v->n_periods);
	texts->known_on[0] = '\0';
	if (v->known_on != INT32_MIN)
		(void)date_format(v->known_on, texts->known_on);
	pairs[0] = (struct view_pair){ "area", web->reading.areas->areas[v->area].code };
	pairs[1] = (struct view_pair){ "by", period_kind_name(v->by) };
	pairs[2] = (struct view_pair){ "period", texts->period };
	pairs[3] = (struct view_pair){ "n", texts->n };
	pairs[4] = (struct view_pair){ "breakdown", v->breakdown };
	pairs[5] = (struct view_pair){ "known-on", texts->known_on };
	pairs[6] = (struct view_pair){ "sort", v->sort };
	pairs[7] = (struct view_pair){ "desc", v->descending ? "1" : "" };
	if (v->area == v->default_area)
		pairs[0].value = "";
	if (v->by == PERIOD_MONTH)
		pairs[1].value = "";
	if (v->period.kind == v->newest.kind && v->period.start == v->newest.start)
		pairs[2].value = "";
	if (v->n_periods == VIEW_PERIODS_DEFAULT)
		pairs[3].value = "";
}

/* A changed value that is the default is left out, too. */
static int view_is_default(const struct web *web, const struct view *v, const struct view_pair *p)
{
	if (strcmp(p->name, "area") == 0)
		return strcmp(p->value, web->reading.areas->areas[v->default_area].code) == 0;
	/* of a view of quarters the period may follow, which would be taken for the kind */
	if (strcmp(p->name, "by") == 0)
		return v->by == PERIOD_MONTH && strcmp(p->value, period_kind_name(v->by)) == 0;
	return strcmp(p->name, "desc") == 0 && strcmp(p->value, "0") == 0;
}

static void view_link_pair(struct html *h, const struct view_pair *p, int *first)
{
	if (p->value[0] == '\0')
		return;
	html_raw(h, *first ? "?" : "&amp;");
	*first = 0;
	html_url(h, p->name);
	html_raw(h, "=");
	html_url(h, p->value);
}

void view_link(struct html *h, const struct web *web, const struct view *v, const char *path, ...)
{
	struct view_pair pairs[VIEW_PARAMETERS + VIEW_CHANGES];
	struct view_texts texts;
	size_t n = VIEW_PARAMETERS;
	int first = strchr(path, '?') == NULL;
	const char *name;
	va_list changes;

	view_pairs(web, v, &texts, pairs);
	va_start(changes, path);
	while ((name = va_arg(changes, const char *)) != NULL) {
		struct view_pair change = { name, va_arg(changes, const char *) };
		size_t i = 0;

		while (i < n && strcmp(pairs[i].name, name) != 0)
			i++;
		if (i == VIEW_PARAMETERS + VIEW_CHANGES)
			continue;
		if (change.value == NULL || view_is_default(web, v, &change))
			change.value = "";
		pairs[i] = change;
		if (i == n)
			n++;
	}
	va_end(changes);
	html_text(h, path);
	for (size_t i = 0; i < n; i++)
		view_link_pair(h, &pairs[i], &first);
}
