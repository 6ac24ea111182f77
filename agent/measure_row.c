#include "agent/measure_row.h"

#include <stdbool.h>
#include <string.h>

#include "proto/limits.h"

static enum err_code columns_add(struct measure_columns *c, const struct measure *m,
				 const char *name, int at, struct err *err)
{
	const struct {
		const char *name;
		int *index;
	} known[] = {
		{ "on_date", &c->on_date },     { "from_date", &c->from_date },
		{ "to_date", &c->to_date },     { "at_date", &c->at_date },
		{ "numerator", &c->numerator }, { "denominator", &c->denominator },
	};
	int *index = NULL;

	if (name == NULL)
		return err_set(err, ERR_NOMEM, "%s.sql: out of memory", m->code);
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strcmp(known[i].name, name) == 0)
			index = known[i].index;
	for (int d = 0; d < m->n_dimensions; d++)
		if (strcmp(m->dimensions[d], name) == 0)
			index = &c->dimensions[d];
	if (index == NULL)
		return err_set(err, ERR_CONFIG,
			       "%s.sql: the SELECT gives a column \"%.64s\", which is no declared "
			       "dimension; declare it, or leave it out",
			       m->code, name);
	if (*index >= 0)
		return err_set(err, ERR_CONFIG, "%s.sql: the SELECT gives %s twice", m->code, name);
	*index = at;
	return ERR_OK;
}

enum err_code measure_columns_bind(struct measure_columns *c, const struct measure *m,
				   sqlite3_stmt *stmt, struct err *err)
{
	enum err_code rc = ERR_OK;
	bool spell, point;

	memset(c, -1, sizeof *c);
	for (int i = 0; i < sqlite3_column_count(stmt) && rc == ERR_OK; i++)
		rc = columns_add(c, m, sqlite3_column_name(stmt, i), i, err);
	for (int d = 0; d < m->n_dimensions && rc == ERR_OK; d++)
		if (c->dimensions[d] < 0)
			rc = err_set(err, ERR_CONFIG,
				     "%s.sql: dimensions: the SELECT gives no column %s", m->code,
				     m->dimensions[d]);
	if (rc != ERR_OK)
		return rc;
	spell = c->from_date >= 0 && c->to_date >= 0 && c->at_date < 0;
	point = c->from_date < 0 && c->to_date < 0 && c->at_date >= 0;
	if (m->kind == MEASURE_FLOW &&
	    (c->on_date < 0 || c->from_date >= 0 || c->to_date >= 0 || c->at_date >= 0))
		return err_set(err, ERR_CONFIG, "%s.sql: a flow gives on_date and no other date",
			       m->code);
	if (m->kind == MEASURE_STOCK && (c->on_date >= 0 || spell == point))
		return err_set(err, ERR_CONFIG,
			       "%s.sql: a stock gives from_date and to_date, or at_date alone",
			       m->code);
	return ERR_OK;
}

/* ---- rows */

/* A whole number that must be there. */
static enum err_code row_integer(const struct measure *m, sqlite3_stmt *stmt, int column,
				 int64_t *out, struct err *err)
{
	if (sqlite3_column_type(stmt, column) != SQLITE_INTEGER)
		return err_set(
			err, ERR_CONFIG, "%s.sql: %s is %s in a row; a whole number is needed",
			m->code, sqlite3_column_name(stmt, column),
			sqlite3_column_type(stmt, column) == SQLITE_NULL ? "NULL" : "no integer");
	*out = sqlite3_column_int64(stmt, column);
	return ERR_OK;
}

static enum err_code row_date(const struct measure *m, sqlite3_stmt *stmt, int column, int32_t *out,
			      struct err *err)
{
	int64_t value = 0;
	enum err_code rc = row_integer(m, stmt, column, &value, err);

	if (rc == ERR_OK && (value < INT32_MIN / 2 || value > INT32_MAX / 2))
		return err_set(err, ERR_CONFIG, "%s.sql: %s %lld is no day number", m->code,
			       sqlite3_column_name(stmt, column), (long long)value);
	*out = (int32_t)value;
	return rc;
}

static enum err_code row_values(const struct measure *m, const struct measure_columns *c,
				sqlite3_stmt *stmt, struct measure_row *row, struct err *err)
{
	enum err_code rc = ERR_OK;

	row->numerator = 1;
	row->denominator = 1;
	if (c->numerator >= 0)
		rc = row_integer(m, stmt, c->numerator, &row->numerator, err);
	if (rc == ERR_OK && c->denominator >= 0)
		rc = row_integer(m, stmt, c->denominator, &row->denominator, err);
	if (rc != ERR_OK)
		return rc;
	if (row->numerator < m->range_min || row->numerator > m->range_max)
		return err_set(err, ERR_CONFIG,
			       "%s.sql: a numerator of %lld is outside the range %lld to %lld",
			       m->code, (long long)row->numerator, (long long)m->range_min,
			       (long long)m->range_max);
	if (row->denominator < 0 || row->denominator > LIMIT_VALUE ||
	    (m->unit == MEASURE_PERCENT && row->numerator > row->denominator))
		return err_set(err, ERR_CONFIG,
			       "%s.sql: a denominator of %lld does not fit a numerator of %lld",
			       m->code, (long long)row->denominator, (long long)row->numerator);
	return ERR_OK;
}

static enum err_code row_where_stock(const struct measure *m, const struct measure_columns *c,
				     const struct measure_slots *slots, sqlite3_stmt *stmt,
				     struct measure_row *row, struct err *err)
{
	int column = c->at_date >= 0 ? c->at_date : c->from_date;
	int32_t date = 0, to = 0;
	enum err_code rc = row_date(m, stmt, column, &date, err);

	if (rc != ERR_OK)
		return rc;
	row->first = measure_slots_from(slots, date);
	if (c->at_date >= 0) {
		row->last = row->first + 1;
		if (row->first == slots->n || slots->items[row->first].date != date)
			return err_set(
				err, ERR_CONFIG,
				"%s.sql: an at_date is no date of the table at; join with it",
				m->code);
	} else if (sqlite3_column_type(stmt, c->to_date) == SQLITE_NULL) {
		row->last = slots->n;
	} else {
		rc = row_date(m, stmt, c->to_date, &to, err);
		row->last = measure_slots_from(slots, to);
	}
	return rc;
}

enum err_code measure_row_read(const struct measure *m, const struct measure_columns *c,
			       const struct measure_slots *slots, int32_t as_at, sqlite3_stmt *stmt,
			       struct measure_row *row, struct err *err)
{
	int32_t date = 0;
	int week = -1;
	enum err_code rc;

	row->first = row->last = 0;
	row->month = -1;
	if (m->kind == MEASURE_STOCK) {
		rc = row_where_stock(m, c, slots, stmt, row, err);
	} else {
		rc = row_date(m, stmt, c->on_date, &date, err);
		if (rc == ERR_OK && date <= as_at)
			measure_slots_of(slots, date, &week, &row->month);
		if (week >= 0) {
			row->first = week;
			row->last = week + 1;
		}
	}
	return rc == ERR_OK ? row_values(m, c, stmt, row, err) : rc;
}
