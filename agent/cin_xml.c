/* In: a CIN census message (XML). Out: rows of six lists, see agent/cin_xml.h. Dropped: UPNs, plan
 * dates of children in need, assessment factors, pre-proceedings and whatever else the message
 * holds; nothing is counted as dropped, since no measure reads it. A message is streamed: only the
 * child and the records at hand are held. */

#include "agent/cin_xml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/cin_xml_map.h"
#include "agent/xml.h"
#include "proto/date.h"
#include "proto/limits.h"

#define CELLS_MAX 16

struct cin_value {
	char text[LIMIT_CELL_BYTES + 1];
	size_t len;
};

struct cin {
	struct xml xml;
	const struct sink *sink;
	bool keep_nfa;
	int fd;
	int64_t n_bytes;
	enum cin_element path[LIMIT_XML_DEPTH + 1];
	int depth;
	bool in_children; /* the header is complete and the lists are announced */
	enum cin_list list;
	int64_t n_rows[CIN_LISTS];
	int64_t n_plans;
	int64_t line_details, line_record, line_held;
	struct cin_value value; /* of the leaf at hand */
	struct cin_value fields[CIN_FIELDS];
};

/* ---- values */

static void cin_xml_clear(struct cin *c, enum cin_field from, enum cin_field to)
{
	for (int i = (int)from; i <= (int)to; i++) {
		c->fields[i].len = 0;
		c->fields[i].text[0] = '\0';
	}
}

static void cin_xml_set(struct cin *c, enum cin_field field, const char *text, size_t len)
{
	memcpy(c->fields[field].text, text, len);
	c->fields[field].text[len] = '\0';
	c->fields[field].len = len;
}

static void cin_xml_copy(struct cin *c, enum cin_field to, enum cin_field from)
{
	cin_xml_set(c, to, c->fields[from].text, c->fields[from].len);
}

static bool cin_xml_is_true(const struct cin *c, enum cin_field field)
{
	return strcmp(c->fields[field].text, "true") == 0 ||
	       strcmp(c->fields[field].text, "1") == 0;
}

static bool cin_xml_is_blank(const struct cin *c, enum cin_field field)
{
	return c->fields[field].len == 0;
}

/* "2020-07-13Z", "2020-07-13+01:00": an xs:date may name a time zone, a civil date has none. */
static size_t cin_xml_without_zone(const char *text, size_t len)
{
	static const size_t n_date = DATE_TEXT_BYTES - 1;
	char date[DATE_TEXT_BYTES];
	int32_t day;

	if (len <= n_date || strchr("Z+-T", text[n_date]) == NULL)
		return len;
	memcpy(date, text, n_date);
	date[n_date] = '\0';
	return date_parse_iso(date, &day, NULL) == ERR_OK ? n_date : len;
}

static void cin_xml_trim(struct cin_value *v)
{
	static const char space[] = " \t\r\n";
	size_t start = strspn(v->text, space);

	while (v->len > start && strchr(space, v->text[v->len - 1]) != NULL)
		v->len--;
	v->len -= start;
	memmove(v->text, v->text + start, v->len);
	v->len = cin_xml_without_zone(v->text, v->len);
	v->text[v->len] = '\0';
}

/* ---- rows */

static enum err_code cin_xml_select(struct cin *c, enum cin_list list, struct err *err)
{
	c->list = list;
	return c->sink->on_table(c->sink->context, cin_xml_columns[list].list, err);
}

static enum err_code cin_xml_row(struct cin *c, enum cin_list list, int64_t line,
				 const enum cin_field *fields, struct err *err)
{
	struct cell cells[CELLS_MAX];
	enum err_code code = list == c->list ? ERR_OK : cin_xml_select(c, list, err);

	if (code != ERR_OK)
		return code;
	if (++c->n_rows[list] > LIMIT_ROWS)
		return err_set(err, ERR_TOO_BIG, "line %lld: more than %d %s: split the message",
			       (long long)line, LIMIT_ROWS, cin_xml_columns[list].list);
	for (int i = 0; i < cin_xml_columns[list].n; i++) {
		const struct cin_value *v = &c->fields[fields[i]];

		cells[i] = (struct cell){ CELL_TEXT, v->text, v->len };
	}
	return c->sink->on_row(c->sink->context, line, cells, cin_xml_columns[list].n, err);
}

static enum err_code cin_xml_row_held(struct cin *c, struct err *err)
{
	enum err_code code = ERR_OK;

	if (c->line_held != 0)
		code = cin_xml_row(c, CIN_LIST_SECTION47, c->line_held, cin_xml_map_held_row(),
				   err);
	c->line_held = 0;
	return code;
}

/* Holds an enquiry back while the episode's conference date may be its own. */
static enum err_code cin_xml_end_section47(struct cin *c, struct err *err)
{
	const char *conference = c->fields[CIN_CONFERENCE].text;
	const char *start = c->fields[CIN_ENQUIRED].text;
	bool fits = conference[0] != '\0' && cin_xml_is_blank(c, CIN_ENQUIRY_CONFERENCE) &&
		    !cin_xml_is_true(c, CIN_NOT_REQUIRED) && strcmp(start, conference) <= 0;
	enum err_code code;

	if (!fits || (c->line_held != 0 && strcmp(start, c->fields[CIN_HELD_ENQUIRED].text) < 0))
		return cin_xml_row(c, CIN_LIST_SECTION47, c->line_record,
				   cin_xml_map_row(CIN_LIST_SECTION47), err);
	code = cin_xml_row_held(c, err);
	cin_xml_copy(c, CIN_HELD_ENQUIRED, CIN_ENQUIRED);
	cin_xml_copy(c, CIN_HELD_NOT_REQUIRED, CIN_NOT_REQUIRED);
	cin_xml_clear(c, CIN_HELD_CONFERENCE, CIN_HELD_CONFERENCE);
	c->line_held = c->line_record;
	return code;
}

static enum err_code cin_xml_end_details(struct cin *c, struct err *err)
{
	enum err_code code;

	cin_xml_copy(c, CIN_HELD_CONFERENCE, CIN_CONFERENCE);
	code = cin_xml_row_held(c, err);
	if (code == ERR_OK)
		code = cin_xml_row(c, CIN_LIST_REFERRALS, c->line_details,
				   cin_xml_map_row(CIN_LIST_REFERRALS), err);
	if (code == ERR_OK && (c->keep_nfa || !cin_xml_is_true(c, CIN_NFA)))
		code = cin_xml_row(c, CIN_LIST_EPISODES, c->line_details,
				   cin_xml_map_row(CIN_LIST_EPISODES), err);
	return code;
}

/* ---- header */

static enum err_code cin_xml_read_as_at(struct cin *c, struct err *err)
{
	int32_t day;
	enum err_code code = date_parse_iso(c->fields[CIN_REFERENCE_DATE].text, &day, err);

	if (code != ERR_OK) {
		err_wrap(err, "line %lld: ReferenceDate", (long long)xml_line(&c->xml));
		return code;
	}
	return c->sink->on_as_at == NULL ? ERR_OK : c->sink->on_as_at(c->sink->context, day, err);
}

static enum err_code cin_xml_start_children(struct cin *c, struct err *err)
{
	const char *collection = c->fields[CIN_COLLECTION].text;
	enum err_code code = ERR_OK;

	if (c->in_children)
		return ERR_OK;
	if (strcmp(collection, "CIN") != 0)
		return err_set(err, ERR_MALFORMED,
			       "line %lld: Header/CollectionDetails/Collection is \"%.40s\", not "
			       "CIN: only the children in need census is read",
			       (long long)xml_line(&c->xml), collection);
	if (cin_xml_is_blank(c, CIN_REFERENCE_DATE))
		return err_set(err, ERR_MALFORMED,
			       "line %lld: Header/CollectionDetails has no ReferenceDate before "
			       "the children: it is the as-at date; export the message with it",
			       (long long)xml_line(&c->xml));
	c->in_children = true;
	code = cin_xml_read_as_at(c, err);
	for (int i = 0; code == ERR_OK && i < CIN_LISTS; i++)
		code = cin_xml_select(c, (enum cin_list)i, err);
	return code;
}

/* ---- elements */

static void cin_xml_start_record(struct cin *c, enum cin_field from, enum cin_field to)
{
	c->line_record = xml_line(&c->xml);
	cin_xml_clear(c, from, to);
}

static void cin_xml_start_details(struct cin *c)
{
	c->line_details = xml_line(&c->xml);
	c->line_held = 0;
	cin_xml_clear(c, CIN_REFERRED, CIN_NFA);
}

static void cin_xml_start_plan(struct cin *c)
{
	struct cin_value *plan = &c->fields[CIN_PLAN];

	cin_xml_start_record(c, CIN_PLAN_FROM, CIN_REVIEWED);
	plan->len =
		(size_t)snprintf(plan->text, sizeof plan->text, "%lld", (long long)++c->n_plans);
}

static enum err_code cin_xml_on_start(void *context, const char *name,
				      const char *const *attributes, struct err *err)
{
	struct cin *c = context;
	enum cin_element parent = c->path[c->depth];
	enum cin_element here = cin_xml_map_find(parent, name);

	(void)attributes;
	if (parent == CIN_AT_TOP && here != CIN_AT_MESSAGE)
		return err_set(err, ERR_MALFORMED,
			       "line %lld: the root is <%.40s>, not the <Message> of a CIN census: "
			       "this XML is not read",
			       (long long)xml_line(&c->xml), name);
	c->path[++c->depth] = here;
	c->value.len = 0;
	if (here == CIN_AT_CHILDREN)
		return cin_xml_start_children(c, err);
	if (here == CIN_AT_CHILD)
		cin_xml_clear(c, CIN_CHILD, CIN_DISABILITY);
	else if (here == CIN_AT_DETAILS)
		cin_xml_start_details(c);
	else if (here == CIN_AT_ASSESSMENT)
		cin_xml_start_record(c, CIN_ASSESSED_FROM, CIN_ASSESSED_TO);
	else if (here == CIN_AT_SECTION47)
		cin_xml_start_record(c, CIN_ENQUIRED, CIN_NOT_REQUIRED);
	else if (here == CIN_AT_PLAN)
		cin_xml_start_plan(c);
	return ERR_OK;
}

static enum err_code cin_xml_on_text(void *context, const char *text, size_t len, struct err *err)
{
	struct cin *c = context;

	if (cin_xml_map_field(c->path[c->depth]) == CIN_NONE)
		return ERR_OK;
	if (len > LIMIT_CELL_BYTES - c->value.len)
		return err_set(err, ERR_TOO_BIG,
			       "line %lld: a value has more than %d bytes: the message is damaged; "
			       "export it again",
			       (long long)xml_line(&c->xml), LIMIT_CELL_BYTES);
	memcpy(c->value.text + c->value.len, text, len);
	c->value.len += len;
	return ERR_OK;
}

/* A blank element changes nothing, so that of GenderCurrent and Sex the filled one counts. */
static void cin_xml_end_leaf(struct cin *c, enum cin_field field)
{
	struct cin_value *v = &c->value;

	v->text[v->len] = '\0';
	cin_xml_trim(v);
	if (v->len == 0)
		return;
	if (field != CIN_DISABILITY)
		cin_xml_set(c, field, v->text, v->len);
	else if (strcmp(v->text, "NONE") != 0)
		cin_xml_set(c, field, "Yes", 3);
	else if (cin_xml_is_blank(c, field))
		cin_xml_set(c, field, "No", 2);
}

static enum err_code cin_xml_end_record(struct cin *c, enum cin_list list, struct err *err)
{
	return cin_xml_row(c, list, c->line_record, cin_xml_map_row(list), err);
}

static enum err_code cin_xml_end_review(struct cin *c, struct err *err)
{
	enum err_code code = cin_xml_row(c, CIN_LIST_REVIEWS, xml_line(&c->xml),
					 cin_xml_map_row(CIN_LIST_REVIEWS), err);

	cin_xml_clear(c, CIN_REVIEWED, CIN_REVIEWED);
	return code;
}

static enum err_code cin_xml_on_end(void *context, const char *name, struct err *err)
{
	struct cin *c = context;
	enum cin_element here = c->path[c->depth--];
	enum cin_field field = cin_xml_map_field(here);

	(void)name;
	if (field != CIN_NONE)
		cin_xml_end_leaf(c, field);
	if (field == CIN_REVIEWED)
		return cin_xml_end_review(c, err);
	if (here == CIN_AT_IDENTIFIERS && cin_xml_is_blank(c, CIN_BIRTH))
		cin_xml_copy(c, CIN_BIRTH, CIN_EXPECTED);
	if (here == CIN_AT_ASSESSMENT)
		return cin_xml_end_record(c, CIN_LIST_ASSESSMENTS, err);
	if (here == CIN_AT_SECTION47)
		return cin_xml_end_section47(c, err);
	if (here == CIN_AT_PLAN)
		return cin_xml_end_record(c, CIN_LIST_PLANS, err);
	if (here == CIN_AT_DETAILS)
		return cin_xml_end_details(c, err);
	return ERR_OK;
}

/* ---- the reader */

static enum err_code cin_xml_on_bytes(void *context, void *buffer, size_t size, size_t *n,
				      struct err *err)
{
	struct cin *c = context;
	enum err_code code = xml_read_fd(&c->fd, buffer, size, n, err);

	if (code != ERR_OK)
		return code;
	c->n_bytes += (int64_t)*n;
	if (c->n_bytes > LIMIT_FILE_BYTES)
		return err_set(err, ERR_TOO_BIG, "the file has more than %lld bytes: split it",
			       LIMIT_FILE_BYTES);
	return ERR_OK;
}

enum err_code cin_xml_read(int fd, bool keep_nfa, const struct sink *sink, struct err *err)
{
	static const struct xml_handlers handlers = { cin_xml_on_start, cin_xml_on_end,
						      cin_xml_on_text };
	struct cin *c = calloc(1, sizeof *c);
	struct xml_source source = { c, cin_xml_on_bytes };
	enum err_code code;

	if (c == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	c->fd = fd;
	c->keep_nfa = keep_nfa;
	c->sink = sink;
	c->path[0] = CIN_AT_TOP;
	c->xml.handlers = &handlers;
	c->xml.context = c;
	code = xml_parse(&c->xml, &source, err);
	if (code == ERR_OK && !c->in_children)
		code = err_set(err, ERR_MALFORMED,
			       "the message has no Children: export it again with them");
	free(c);
	return code;
}

static enum err_code cin_xml_read_message(int fd, const struct sink *sink, struct err *err)
{
	return cin_xml_read(fd, false, sink, err);
}

/* Any XML is taken, so that one that is no census is told so. */
static int cin_xml_sniff(const uint8_t *head, size_t n)
{
	size_t i = 0;

	if (n >= 3 && memcmp(head, "\xEF\xBB\xBF", 3) == 0)
		i = 3;
	else if (n >= 2 && (memcmp(head, "\xFF\xFE", 2) == 0 || memcmp(head, "\xFE\xFF", 2) == 0))
		return memchr(head, '<', n < 4 ? n : 4) != NULL; /* UTF-16 */
	while (i < n && strchr(" \t\r\n", head[i]) != NULL && head[i] != '\0')
		i++;
	return i < n && head[i] == '<';
}

const struct reader reader_cin_xml = { "cin-xml", cin_xml_sniff, cin_xml_read_message };
