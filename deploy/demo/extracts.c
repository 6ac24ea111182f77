#include "deploy/demo/extracts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "deploy/demo/lists.h"
#include "proto/date.h"

#define EXTRACTS_STREAM_JUNK 1000
#define EXTRACTS_JUNK_SHARE 0.004
#define EXTRACTS_JUNK_ROWS                                                    \
	70 /* good rows behind each junk row: no list is refused for its junk \
	    */
#define EXTRACTS_REFERRAL_DATE 5 /* column that the refused extract lacks */

/* What the rows of one list need while they are written. */
struct extracts_list {
	struct book *book;
	const struct book_list *list;
	int32_t as_at;
	struct rng junk;
	int32_t rows, n_junk;
};

/* A row that no reader may accept. It stands beside the true rows, never in place of one. */
static void extracts_junk(struct extracts_list *l)
{
	static const char *const dates[] = { "31/02/2025", "30/13/2024", "2025-02-30" };
	bool has_end = false;
	int fault;

	for (int i = 0; i < l->list->n_columns; i++)
		has_end = has_end || l->list->columns[i].kind == COLUMN_END;
	fault = l->list->title == NULL ? 1 : rng_below(&l->junk, has_end ? 4 : 3);
	for (int i = 0; i < l->list->n_columns; i++) {
		char id[24];

		switch (l->list->columns[i].kind) {
		case COLUMN_ID: /* fault 0: nobody */
			(void)snprintf(id, sizeof id, "SYN9%06d", (int)l->rows);
			book_text(l->book, fault == 0 ? "" : id);
			break;
		case COLUMN_DATE: /* faults 1 and 2: no such day */
			if (fault == 1 || fault == 2)
				book_text(l->book, dates[rng_below(&l->junk, 3)]);
			else
				book_date(l->book, l->as_at - 30);
			break;
		case COLUMN_END: /* fault 3: ends before it starts */
			book_date(l->book, fault == 3 ? l->as_at - 60 : NEVER);
			break;
		case COLUMN_CODE: /* fault 2: no such code either */
			book_text(l->book, fault == 2 ? "zz) no such code" : "");
			break;
		case COLUMN_OTHER:
			book_text(l->book, "");
			break;
		}
	}
	book_row(l->book);
	l->rows++;
	l->n_junk++;
}

static void extracts_after_row(void *context)
{
	struct extracts_list *l = context;

	l->rows++;
	if (rng_chance(&l->junk, EXTRACTS_JUNK_SHARE) &&
	    l->rows > (l->n_junk + 1) * EXTRACTS_JUNK_ROWS)
		extracts_junk(l);
}

static enum err_code extracts_list(const struct view *v, struct book *b, int list, int month,
				   bool refused, struct extract_rows *rows, struct err *err)
{
	struct extracts_list l = { .book = b, .list = &lists_headings[list], .as_at = v->as_at };
	int left_out = refused && list == LIST_REFERRALS ? EXTRACTS_REFERRAL_DATE : NONE;
	enum err_code code;

	rng_init(&l.junk, v->city->seed,
		 EXTRACTS_STREAM_JUNK +
			 (uint64_t)((v->district * CITY_MONTHS_MAX + month) * LISTS + list));
	code = book_begin(b, l.list, left_out, err);
	if (code != ERR_OK)
		return code;
	lists_write(list, v, b, extracts_after_row, &l);
	rows->rows = l.rows;
	rows->junk = l.n_junk;
	return book_end(b, err);
}

static enum err_code extracts_one(const struct sim *s, int district, int month, const char *under,
				  bool refused, struct extract_rows *rows, struct err *err)
{
	struct view v = view_extract(s->city, &s->log, district, month);
	const struct district *d = &s->city->districts[district];
	struct dialect dialect = d->dialect;
	char folder[1024];
	char day[DATE_TEXT_BYTES];
	struct book b;
	enum err_code code;
	enum err_code closed;

	if (snprintf(folder, sizeof folder, "%s/%s/%s", under, d->code,
		     date_format(v.as_at, day)) >= (int)sizeof folder)
		return err_set(err, ERR_TOO_BIG, "%.60s…: the path is too long", under);
	if (dialect.xlsx_later && month >= s->city->n_months * 4 / 5)
		dialect.xlsx = true;
	code = book_open(&b, &dialect, folder, v.as_at, err);
	for (int i = 0; code == ERR_OK && i < LISTS; i++)
		code = extracts_list(&v, &b, i, month, refused, &rows[i], err);
	closed = book_close(&b, code == ERR_OK ? err : NULL);
	return code == ERR_OK ? closed : code;
}

enum err_code extracts_write(const struct sim *s, const char *out, struct extract_rows *rows,
			     struct err *err)
{
	char late[1024];

	(void)snprintf(late, sizeof late, "%s/late", out);
	for (int i = 0; i < s->city->n_districts; i++) {
		const struct district *d = &s->city->districts[i];

		for (int m = 0; m < s->city->n_months; m++) {
			struct extract_rows *of = &rows[(i * s->city->n_months + m) * LISTS];
			enum err_code code = ERR_OK;

			if (m == d->month_refused)
				code = extracts_one(s, i, m, out, true, of, err);
			if (code == ERR_OK)
				code = extracts_one(
					s, i, m,
					m == d->month_late || m == d->month_refused ? late : out,
					false, of, err);
			if (code != ERR_OK)
				return code;
		}
	}
	return ERR_OK;
}

FILE *extracts_create(const char *out, const char *name, struct err *err)
{
	char path[1100];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", out, name);
	f = fopen(path, "w");
	if (f == NULL)
		(void)err_set(err, ERR_IO, "create %s: %s", path, strerror(errno));
	return f;
}

enum err_code extracts_finish(FILE *f, const char *name, struct err *err)
{
	int failed = ferror(f);

	if (fclose(f) != 0 || failed)
		return err_set(err, ERR_IO, "write %s: %s", name, strerror(errno));
	return ERR_OK;
}

static void extracts_stories(const struct city *c, FILE *f)
{
	(void)fputs("area,month,story\n", f);
	for (int i = 0; i < c->n_districts; i++) {
		const struct district *d = &c->districts[i];

		if (d->contacts_fall)
			(void)fprintf(f, "%s,,contacts fall from the first month on\n", d->code);
		if (d->returns_rise)
			(void)fprintf(f, "%s,,re-referrals rise from the first month on\n",
				      d->code);
		if (d->month_late != NONE)
			(void)fprintf(f, "%s,%d,the extract comes late (folder late)\n", d->code,
				      d->month_late + 1);
		if (d->month_refused != NONE)
			(void)fprintf(f,
				      "%s,%d,the extract lacks a column; corrected in folder "
				      "late\n",
				      d->code, d->month_refused + 1);
	}
}

enum err_code extracts_write_names(const struct sim *s, const char *out, struct err *err)
{
	FILE *f = extracts_create(out, "teams.csv", err);
	enum err_code code;

	if (f == NULL)
		return ERR_IO;
	(void)fputs("area,code,name\n", f);
	for (int i = 0; i < s->city->n_districts; i++)
		for (int t = 0; t < CITY_TEAMS; t++)
			(void)fprintf(f, "%s,team_%c,Test Team %c\n", s->city->districts[i].code,
				      'a' + t, 'A' + t);
	code = extracts_finish(f, "teams.csv", err);
	if (code != ERR_OK)
		return code;
	f = extracts_create(out, "organisations.csv", err);
	if (f == NULL)
		return ERR_IO;
	(void)fputs("code,name\n", f);
	for (int i = 0; i < ORGANISATIONS; i++)
		(void)fprintf(f, "%s,\"%s\"\n", label_organisation[i].category,
			      label_organisation[i].code);
	code = extracts_finish(f, "organisations.csv", err);
	if (code != ERR_OK)
		return code;
	f = extracts_create(out, "stories.csv", err);
	if (f == NULL)
		return ERR_IO;
	extracts_stories(s->city, f);
	return extracts_finish(f, "stories.csv", err);
}
