/* Notes on charts in the office database. */
#include "aggregator/web/annotation.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/area_file.h"
#include "proto/clock.h"
#include "proto/date.h"

/* ---- whether it can stand */

/* UTF-8: bytes that begin a character. */
static size_t annotation_characters(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xC0) != 0x80;
	return n;
}

enum err_code annotation_check(const struct annotation *a, const struct measure_set *measures,
			       const struct area_tree *areas, const char **field, struct err *err)
{
	int area = area_find(areas, a->area);

	if (area < 0 || areas->areas[area].level > AREA_DISTRICT) {
		*field = "area";
		return err_set(
			err, ERR_MALFORMED,
			"There is no area '%s' for a note: name a district, or an area above "
			"it",
			a->area);
	}
	if (a->measure[0] != '\0' && measures_find(measures, a->measure) == NULL) {
		const char *near = measures_nearest(measures, a->measure);

		*field = "measure";
		return err_set(err, ERR_MALFORMED, "There is no measure '%s'%s%s%s", a->measure,
			       near == NULL ? "" : "; did you mean '", near == NULL ? "" : near,
			       near == NULL ? "" : "'?");
	}
	if (a->day == INT32_MIN) {
		*field = "day";
		return err_set(err, ERR_MALFORMED, "Give the day as 2026-11-22");
	}
	if (a->says[0] == '\0' || annotation_characters(a->says) > ANNOTATION_TEXT_MAX) {
		*field = "says";
		return err_set(err, ERR_MALFORMED, "Write the note in 1 to %d characters",
			       ANNOTATION_TEXT_MAX);
	}
	return ERR_OK;
}

/* ---- read */

static void annotation_read(sqlite3_stmt *stmt, struct annotation *a)
{
	*a = (struct annotation){ .id = sqlite3_column_int64(stmt, 0),
				  .day = sqlite3_column_int(stmt, 3),
				  .made_us = sqlite3_column_int64(stmt, 5),
				  .ended_us = sqlite3_column_int64(stmt, 7) };
	(void)snprintf(a->area, sizeof a->area, "%s", db_text(stmt, 1));
	(void)snprintf(a->measure, sizeof a->measure, "%s", db_text(stmt, 2));
	(void)snprintf(a->says, sizeof a->says, "%s", db_text(stmt, 4));
	(void)snprintf(a->who, sizeof a->who, "%s", db_text(stmt, 6));
	(void)snprintf(a->ended_who, sizeof a->ended_who, "%s", db_text(stmt, 8));
	(void)snprintf(a->ended_reason, sizeof a->ended_reason, "%s", db_text(stmt, 9));
}

static enum err_code annotation_read_list(sqlite3_stmt *stmt, struct annotation_list *out,
					  struct err *err)
{
	int row = 0;
	enum err_code code = ERR_NOMEM;

	out->notes = calloc(ANNOTATIONS_MAX, sizeof *out->notes);
	if (out->notes == NULL)
		(void)err_set(err, ERR_NOMEM, "annotations: out of memory");
	else
		while ((code = db_step(stmt, &row, err)) == ERR_OK && row &&
		       out->n < ANNOTATIONS_MAX)
			annotation_read(stmt, &out->notes[out->n++]);
	(void)sqlite3_reset(stmt);
	return code;
}

#define ANNOTATION_COLUMNS                                                               \
	"id, area, measure, day, says, made_us, who, ended_us, ended_who, ended_reason " \
	"FROM annotation "

static const char annotation_list_sql[] =
	"SELECT " ANNOTATION_COLUMNS "ORDER BY day DESC, id DESC LIMIT 500";

enum err_code annotation_list(struct office *o, struct annotation_list *out, struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code = office_prepare(o, annotation_list_sql, &stmt, err);

	*out = (struct annotation_list){ NULL, 0 };
	return code == ERR_OK ? annotation_read_list(stmt, out, err) : code;
}

static const char annotation_of_sql[] =
	"SELECT " ANNOTATION_COLUMNS "WHERE area = $1 AND (measure = '' OR measure = $2) "
	"AND ended_us = 0 ORDER BY day, id LIMIT 500";

enum err_code annotation_of(struct office *o, const char *area, const char *measure,
			    struct annotation_list *out, struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code = office_prepare(o, annotation_of_sql, &stmt, err);

	*out = (struct annotation_list){ NULL, 0 };
	if (code != ERR_OK)
		return code;
	db_bind_text(stmt, 1, area);
	db_bind_text(stmt, 2, measure);
	return annotation_read_list(stmt, out, err);
}

static const char annotation_find_sql[] = "SELECT " ANNOTATION_COLUMNS "WHERE id = $1";

enum err_code annotation_find(struct office *o, int64_t id, struct annotation *out, struct err *err)
{
	sqlite3_stmt *stmt;
	int row = 0;
	enum err_code code = office_prepare(o, annotation_find_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, id);
	code = db_step(stmt, &row, err);
	if (code == ERR_OK && row)
		annotation_read(stmt, out);
	(void)sqlite3_reset(stmt);
	if (code == ERR_OK && !row)
		code = err_set(err, ERR_MISSING, "there is no such note; see the list of notes");
	return code;
}

void annotation_list_free(struct annotation_list *list)
{
	free(list->notes);
	*list = (struct annotation_list){ NULL, 0 };
}

size_t annotation_marks(const struct annotation_list *list, const struct trend *t,
			struct chart_mark *marks)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		for (size_t k = 0; k < t->n; k++) {
			struct period p = t->points[k].period;

			if (list->notes[i].day >= p.start && list->notes[i].day <= period_end(p))
				marks[n++] = (struct chart_mark){ k, list->notes[i].says };
		}
	return n;
}

/* ---- write */

static const char *annotation_who(const struct viewer *who)
{
	if (who == NULL)
		return "command line";
	return who->full_name[0] != '\0' ? who->full_name : who->name;
}

static enum err_code annotation_audit(struct office *o, const struct viewer *who, const char *peer,
				      const char *action, const struct annotation *a,
				      struct err *err)
{
	char about[192], detail[ANNOTATION_TEXT_BYTES + ANNOTATION_REASON_MAX + 32];
	char day[DATE_TEXT_BYTES];

	(void)snprintf(about, sizeof about, "note %" PRId64 " (%s, %s)", a->id, a->area,
		       a->measure[0] == '\0' ? "all measures" : a->measure);
	(void)snprintf(detail, sizeof detail, "%s: %s%s%s", date_format(a->day, day), a->says,
		       a->ended_reason[0] == '\0' ? "" : "; ", a->ended_reason);
	return office_audit(o, who, peer, action, about, detail, err);
}

static const char annotation_add_sql[] =
	"INSERT INTO annotation (area, measure, day, says, made_us, who, ended_us, ended_who, "
	"ended_reason) VALUES ($1, $2, $3, $4, $5, $6, 0, '', '') RETURNING id";

/* Inside a transaction. */
static enum err_code annotation_write(struct office *o, const struct viewer *who, const char *peer,
				      struct annotation *a, struct err *err)
{
	sqlite3_stmt *stmt;
	int row = 0;
	enum err_code code = office_prepare(o, annotation_add_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_text(stmt, 1, a->area);
	db_bind_text(stmt, 2, a->measure);
	db_bind_int(stmt, 3, a->day);
	db_bind_text(stmt, 4, a->says);
	db_bind_int(stmt, 5, clock_wall_us());
	db_bind_text(stmt, 6, annotation_who(who));
	code = db_step(stmt, &row, err);
	if (code == ERR_OK && row)
		a->id = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_reset(stmt);
	return code == ERR_OK ? annotation_audit(o, who, peer, "note added", a, err) : code;
}

enum err_code annotation_add(struct office *o, const struct viewer *who, const char *peer,
			     const struct annotation *a, int64_t *id, struct err *err)
{
	struct annotation added = *a;
	enum err_code code = office_begin(o, err);

	if (code != ERR_OK)
		return code;
	added.ended_reason[0] = '\0';
	code = annotation_write(o, who, peer, &added, err);
	*id = added.id;
	return office_end(o, code, err);
}

static const char annotation_end_sql[] =
	"UPDATE annotation SET ended_us = $1, ended_who = $2, ended_reason = $3 WHERE id = $4";

static enum err_code annotation_write_end(struct office *o, const struct viewer *who,
					  const char *peer, const struct annotation *a,
					  struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code = office_prepare(o, annotation_end_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, clock_wall_us());
	db_bind_text(stmt, 2, annotation_who(who));
	db_bind_text(stmt, 3, a->ended_reason);
	db_bind_int(stmt, 4, a->id);
	code = db_run(stmt, err);
	return code == ERR_OK ? annotation_audit(o, who, peer, "note taken down", a, err) : code;
}

enum err_code annotation_end(struct office *o, const struct viewer *who, const char *peer,
			     int64_t id, const char *reason, struct err *err)
{
	struct annotation a;
	enum err_code code;

	if (reason[0] == '\0' || strlen(reason) > ANNOTATION_REASON_MAX)
		return err_set(err, ERR_MALFORMED,
			       "Say in at most %d characters why the note is taken down",
			       ANNOTATION_REASON_MAX);
	code = office_begin(o, err);
	if (code != ERR_OK)
		return code;
	code = annotation_find(o, id, &a, err);
	if (code == ERR_OK && a.ended_us != 0)
		code = err_set(err, ERR_MALFORMED, "The note was taken down already");
	if (code == ERR_OK) {
		(void)snprintf(a.ended_reason, sizeof a.ended_reason, "%s", reason);
		code = annotation_write_end(o, who, peer, &a, err);
	}
	return office_end(o, code, err);
}

/* ---- a file of them */

static const char *const annotation_headings[] = { "area", "measure", "date", "note" };

struct annotation_reading {
	const struct measure_set *measures;
	const struct area_tree *areas;
	struct annotation_list list;
};

static enum err_code annotation_on_row(struct area_file *file)
{
	static const char *const fields[] = { "area", "measure", "day", "says" };
	struct annotation_reading *reading = file->data;
	struct annotation *a = &reading->list.notes[reading->list.n];
	const char *field = "";
	struct err why = { ERR_OK, "" };
	int column = 0;
	enum err_code code;

	if (reading->list.n == ANNOTATIONS_MAX)
		return area_fault(file, file->line, 0, "too many notes with", file->fields[0],
				  "a file has at most 500");
	*a = (struct annotation){ .id = 0 };
	(void)snprintf(a->area, sizeof a->area, "%s", file->fields[0]);
	(void)snprintf(a->measure, sizeof a->measure, "%s", file->fields[1]);
	code = area_read_date(file, 2, INT32_MIN, &a->day);
	if (code == ERR_OK)
		code = strlen(file->fields[3]) < sizeof a->says
			       ? area_copy_text(file, 3, a->says, sizeof a->says)
			       : area_fault(file, file->line, 3, "too long", file->fields[3],
					    "write 1 to 120 characters");
	if (code != ERR_OK)
		return code;
	code = annotation_check(a, reading->measures, reading->areas, &field, &why);
	while (column < 3 && strcmp(fields[column], field) != 0)
		column++;
	if (code != ERR_OK)
		return area_fault(file, file->line, column, "wrong", file->fields[column],
				  why.text);
	reading->list.n++;
	return ERR_OK;
}

static const char annotation_same_sql[] = "SELECT 1 FROM annotation WHERE area = $1 AND "
					  "measure = $2 AND day = $3 AND says = $4";

static enum err_code annotation_import_one(struct office *o, const char *peer, struct annotation *a,
					   int *n_added, struct err *err)
{
	sqlite3_stmt *stmt;
	int there = 0;
	enum err_code code = office_prepare(o, annotation_same_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_text(stmt, 1, a->area);
	db_bind_text(stmt, 2, a->measure);
	db_bind_int(stmt, 3, a->day);
	db_bind_text(stmt, 4, a->says);
	code = db_step(stmt, &there, err);
	(void)sqlite3_reset(stmt);
	if (code != ERR_OK || there)
		return code;
	*n_added += 1;
	return annotation_write(o, NULL, peer, a, err);
}

static enum err_code annotation_import_all(struct office *o, const char *peer,
					   struct annotation_list *list, int *n_added,
					   struct err *err)
{
	enum err_code code = office_begin(o, err);

	if (code != ERR_OK)
		return code;
	for (size_t i = 0; code == ERR_OK && i < list->n; i++)
		code = annotation_import_one(o, peer, &list->notes[i], n_added, err);
	return office_end(o, code, err);
}

enum err_code annotation_import(struct office *o, const char *peer, const char *path,
				const struct measure_set *measures, const struct area_tree *areas,
				int *n_added, struct err *err)
{
	struct annotation_reading reading = { measures, areas, { NULL, 0 } };
	struct area_file file = { .path = path,
				  .headings = annotation_headings,
				  .n_columns = 4,
				  .on_row = annotation_on_row,
				  .data = &reading,
				  .example = "deploy/demo/annotations.csv",
				  .err = err };
	enum err_code code;

	*n_added = 0;
	reading.list.notes = calloc(ANNOTATIONS_MAX, sizeof *reading.list.notes);
	if (reading.list.notes == NULL)
		return err_set(err, ERR_NOMEM, "%s: out of memory", path);
	code = area_file_read(&file);
	if (code == ERR_OK)
		code = annotation_import_all(o, peer, &reading.list, n_added, err);
	annotation_list_free(&reading.list);
	return code;
}
