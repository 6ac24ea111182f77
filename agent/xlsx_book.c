#include "agent/xlsx_book.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "proto/limits.h"

#define STYLES_MAX 65536 /* Excel's own bound on cell formats: 65,490 */

/* A relationship of a part to others, by its id there. */
struct xlsx_relation {
	char *id, *type, *target; /* owned */
};

struct xlsx_load {
	struct xlsx_book *book;
	struct xlsx_zip *zip;
	struct xml xml;
	const char *folder; /* of the part whose relations are read */
	struct xlsx_relation relations[LIMIT_ZIP_ENTRIES];
	int n_relations;
	/* styles */
	uint8_t date_formats[STYLES_MAX / 8]; /* bit per custom format id */
	bool in_cell_styles;
	/* shared strings */
	bool in_string, in_text, in_phonetic;
	size_t string_start;
};

static enum err_code xlsx_book_nomem(struct err *err)
{
	return err_set(err, ERR_NOMEM, "out of memory");
}

static enum err_code xlsx_book_parse_part(struct xlsx_load *l, const char *part,
					  const struct xml_handlers *handlers, struct err *err)
{
	enum err_code code;

	l->xml.handlers = handlers;
	l->xml.context = l;
	code = xlsx_zip_parse(l->zip, part, &l->xml, err);
	if (code != ERR_OK)
		err_wrap(err, "%s", part);
	return code;
}

static enum err_code xlsx_book_on_nothing(void *context, const char *name, struct err *err)
{
	(void)context;
	(void)name;
	(void)err;
	return ERR_OK;
}

static enum err_code xlsx_book_on_no_text(void *context, const char *text, size_t len,
					  struct err *err)
{
	(void)context;
	(void)text;
	(void)len;
	(void)err;
	return ERR_OK;
}

/* ---- relations: which part is what */

/* Target relative to folder ("xl/"), or absolute; "." and ".." are followed. Owned. */
static char *xlsx_book_resolve(const char *folder, const char *target)
{
	size_t size = strlen(folder) + strlen(target) + 2, n = 0;
	char *path = malloc(size);
	const char *from;

	if (path == NULL)
		return NULL;
	(void)snprintf(path, size, "%s%s", *target == '/' ? "" : folder, target);
	for (from = path; *from != '\0';) {
		size_t len = strcspn(from, "/");
		size_t whole = len + (from[len] == '/');

		if (len == 2 && strncmp(from, "..", 2) == 0) {
			n -= n > 0; /* back over the slash, then to the one before */
			while (n > 0 && path[n - 1] != '/')
				n--;
		} else if (len > 0 && !(len == 1 && *from == '.')) {
			memmove(path + n, from, whole);
			n += whole;
		}
		from += whole;
	}
	path[n] = '\0';
	return path;
}

static enum err_code xlsx_book_on_relation(void *context, const char *name,
					   const char *const *attributes, struct err *err)
{
	struct xlsx_load *l = context;
	const char *id = xml_attribute(attributes, "Id");
	const char *type = xml_attribute(attributes, "Type");
	const char *target = xml_attribute(attributes, "Target");
	const char *mode = xml_attribute(attributes, "TargetMode");
	struct xlsx_relation *r;

	if (strcmp(name, "Relationship") != 0 || id == NULL || type == NULL || target == NULL ||
	    (mode != NULL && strcmp(mode, "External") == 0))
		return ERR_OK;
	if (l->n_relations == LIMIT_ZIP_ENTRIES)
		return err_set(err, ERR_TOO_BIG,
			       "more than %d relations: save it with fewer sheets",
			       LIMIT_ZIP_ENTRIES);
	r = &l->relations[l->n_relations++];
	type = strrchr(type, '/') != NULL ? strrchr(type, '/') + 1 : type;
	r->id = strdup(id);
	r->type = strdup(type);
	r->target = xlsx_book_resolve(l->folder, target);
	return r->id == NULL || r->type == NULL || r->target == NULL ? xlsx_book_nomem(err)
								     : ERR_OK;
}

static void xlsx_book_forget_relations(struct xlsx_load *l)
{
	for (int i = 0; i < l->n_relations; i++) {
		free(l->relations[i].id);
		free(l->relations[i].type);
		free(l->relations[i].target);
	}
	memset(l->relations, 0, sizeof l->relations);
	l->n_relations = 0;
}

static enum err_code xlsx_book_load_relations(struct xlsx_load *l, const char *part,
					      const char *folder, struct err *err)
{
	static const struct xml_handlers handlers = { xlsx_book_on_relation, xlsx_book_on_nothing,
						      xlsx_book_on_no_text };

	xlsx_book_forget_relations(l);
	l->folder = folder;
	return xlsx_zip_has(l->zip, part) ? xlsx_book_parse_part(l, part, &handlers, err) : ERR_OK;
}

static const struct xlsx_relation *xlsx_book_relation_by_type(const struct xlsx_load *l,
							      const char *type)
{
	for (int i = 0; i < l->n_relations; i++)
		if (strcmp(l->relations[i].type, type) == 0)
			return &l->relations[i];
	return NULL;
}

static const struct xlsx_relation *xlsx_book_relation_by_id(const struct xlsx_load *l,
							    const char *id)
{
	for (int i = 0; i < l->n_relations; i++)
		if (strcmp(l->relations[i].id, id) == 0)
			return &l->relations[i];
	return NULL;
}

/* ---- the workbook part */

static enum err_code xlsx_book_add_sheet(struct xlsx_load *l, const char *name, const char *id,
					 struct err *err)
{
	struct xlsx_book *book = l->book;
	const struct xlsx_relation *r = id == NULL ? NULL : xlsx_book_relation_by_id(l, id);
	struct xlsx_sheet_entry *more, *entry;

	if (name == NULL || r == NULL)
		return err_set(
			err, ERR_MALFORMED,
			"sheet \"%.64s\" has no part: the workbook is damaged; save it again",
			name == NULL ? "" : name);
	if (strcmp(r->type, "worksheet") != 0)
		return ERR_OK;
	if (book->n_sheets == LIMIT_SHEETS)
		return err_set(err, ERR_TOO_BIG,
			       "more than %d sheets: keep those that are asked for", LIMIT_SHEETS);
	more = realloc(book->sheets, ((size_t)book->n_sheets + 1) * sizeof *more);
	if (more == NULL)
		return xlsx_book_nomem(err);
	book->sheets = more;
	entry = &more[book->n_sheets++];
	entry->name = strdup(name);
	entry->part = strdup(r->target);
	return entry->name == NULL || entry->part == NULL ? xlsx_book_nomem(err) : ERR_OK;
}

static enum err_code xlsx_book_on_workbook(void *context, const char *name,
					   const char *const *attributes, struct err *err)
{
	struct xlsx_load *l = context;
	const char *value;

	if (strcmp(name, "workbookPr") == 0) {
		value = xml_attribute(attributes, "date1904");
		l->book->date1904 =
			value != NULL && (strcmp(value, "1") == 0 || strcmp(value, "true") == 0);
	}
	if (strcmp(name, "sheet") != 0)
		return ERR_OK;
	return xlsx_book_add_sheet(l, xml_attribute(attributes, "name"),
				   xml_attribute(attributes, "id"), err);
}

static enum err_code xlsx_book_load_workbook(struct xlsx_load *l, struct err *err)
{
	static const struct xml_handlers handlers = { xlsx_book_on_workbook, xlsx_book_on_nothing,
						      xlsx_book_on_no_text };
	const struct xlsx_relation *r;
	char part[256] = "xl/workbook.xml", folder[256], relations[600];
	enum err_code code = xlsx_book_load_relations(l, "_rels/.rels", "", err);
	const char *dot, *slash;

	if (code != ERR_OK)
		return code;
	r = xlsx_book_relation_by_type(l, "officeDocument");
	if (r != NULL)
		(void)snprintf(part, sizeof part, "%s", r->target);
	dot = strrchr(part, '.');
	if (!xlsx_zip_has(l->zip, part) || dot == NULL || strcasecmp(dot, ".xml") != 0)
		return err_set(
			err, ERR_MALFORMED,
			"it is a zip file but not an Excel workbook (.xlsx): save it as .xlsx");
	slash = strrchr(part, '/');
	(void)snprintf(folder, sizeof folder, "%.*s", slash == NULL ? 0 : (int)(slash + 1 - part),
		       part);
	(void)snprintf(relations, sizeof relations, "%s_rels/%s.rels", folder,
		       slash == NULL ? part : slash + 1);
	code = xlsx_book_load_relations(l, relations, folder, err);
	if (code == ERR_OK)
		code = xlsx_book_parse_part(l, part, &handlers, err);
	return code;
}

/* ---- the styles part */

static long xlsx_book_id(const char *text)
{
	char *end;
	long id = text == NULL ? -1 : strtol(text, &end, 10);

	return id >= 0 && id < STYLES_MAX ? id : -1;
}

static enum err_code xlsx_book_add_style(struct xlsx_load *l, long format, struct err *err)
{
	struct xlsx_book *book = l->book;

	if (book->n_styles == STYLES_MAX)
		return err_set(err, ERR_TOO_BIG, "more than %d cell styles: save it again",
			       STYLES_MAX);
	if (book->n_styles == book->style_capacity) {
		size_t capacity = book->style_capacity == 0 ? 64 : 2 * book->style_capacity;
		uint8_t *more = realloc(book->style_is_date, capacity);

		if (more == NULL)
			return xlsx_book_nomem(err);
		book->style_is_date = more;
		book->style_capacity = capacity;
	}
	book->style_is_date[book->n_styles++] =
		format >= 0 && (xlsx_text_format_is_date((int)format) ||
				(l->date_formats[format / 8] >> (format % 8) & 1) != 0);
	return ERR_OK;
}

static enum err_code xlsx_book_on_style(void *context, const char *name,
					const char *const *attributes, struct err *err)
{
	struct xlsx_load *l = context;

	if (strcmp(name, "numFmt") == 0) {
		const char *code = xml_attribute(attributes, "formatCode");
		long id = xlsx_book_id(xml_attribute(attributes, "numFmtId"));

		if (id >= 0 && code != NULL && xlsx_text_format_code_is_date(code))
			l->date_formats[id / 8] |= (uint8_t)(1 << (id % 8));
	} else if (strcmp(name, "cellXfs") == 0) {
		l->in_cell_styles = true;
	} else if (l->in_cell_styles && strcmp(name, "xf") == 0) {
		return xlsx_book_add_style(l, xlsx_book_id(xml_attribute(attributes, "numFmtId")),
					   err);
	}
	return ERR_OK;
}

static enum err_code xlsx_book_on_style_end(void *context, const char *name, struct err *err)
{
	struct xlsx_load *l = context;

	(void)err;
	if (strcmp(name, "cellXfs") == 0)
		l->in_cell_styles = false;
	return ERR_OK;
}

/* ---- the shared strings part */

static enum err_code xlsx_book_on_string(void *context, const char *name,
					 const char *const *attributes, struct err *err)
{
	struct xlsx_load *l = context;

	(void)attributes;
	(void)err;
	if (strcmp(name, "si") == 0) {
		l->in_string = true;
		l->in_text = false;
		l->string_start = l->book->strings.len;
	} else if (strcmp(name, "rPh") == 0) {
		l->in_phonetic = true;
	} else if (strcmp(name, "t") == 0) {
		l->in_text = l->in_string && !l->in_phonetic;
	}
	return ERR_OK;
}

static enum err_code xlsx_book_on_string_text(void *context, const char *text, size_t len,
					      struct err *err)
{
	struct xlsx_load *l = context;
	size_t room;

	if (!l->in_text)
		return ERR_OK;
	room = LIMIT_CELL_BYTES + 1 - (l->book->strings.len - l->string_start);
	return xlsx_text_add(&l->book->strings, text, len < room ? len : room, err);
}

static enum err_code xlsx_book_end_string(struct xlsx_load *l, struct err *err)
{
	struct xlsx_book *book = l->book;
	struct xlsx_text *t = &book->strings;

	if (book->n_strings == LIMIT_SHARED_STRINGS || t->len > LIMIT_SHARED_STRING_BYTES)
		return err_set(err, ERR_TOO_BIG,
			       "more than %d different texts, or %d bytes of them: split the "
			       "workbook or leave out what is not asked for",
			       LIMIT_SHARED_STRINGS, LIMIT_SHARED_STRING_BYTES);
	if (book->n_strings == book->string_capacity) {
		size_t capacity = book->string_capacity == 0 ? 256 : 2 * book->string_capacity;
		uint32_t *more = realloc(book->string_ends, capacity * sizeof *more);

		if (more == NULL)
			return xlsx_book_nomem(err);
		book->string_ends = more;
		book->string_capacity = capacity;
	}
	if (t->len > l->string_start)
		t->len = l->string_start +
			 xlsx_text_unescape(t->bytes + l->string_start, t->len - l->string_start);
	if (xlsx_text_add(t, "", 1, err) != ERR_OK)
		return ERR_NOMEM;
	book->string_ends[book->n_strings++] = (uint32_t)t->len;
	return ERR_OK;
}

static enum err_code xlsx_book_on_string_end(void *context, const char *name, struct err *err)
{
	struct xlsx_load *l = context;

	if (strcmp(name, "t") == 0)
		l->in_text = false;
	else if (strcmp(name, "rPh") == 0)
		l->in_phonetic = false;
	if (strcmp(name, "si") != 0 || !l->in_string)
		return ERR_OK;
	l->in_string = false;
	l->in_text = false;
	return xlsx_book_end_string(l, err);
}

/* ---- together */

static enum err_code xlsx_book_load_parts(struct xlsx_load *l, struct err *err)
{
	static const struct xml_handlers styles = { xlsx_book_on_style, xlsx_book_on_style_end,
						    xlsx_book_on_no_text };
	static const struct xml_handlers strings = { xlsx_book_on_string, xlsx_book_on_string_end,
						     xlsx_book_on_string_text };
	const struct xlsx_relation *r;
	enum err_code code = xlsx_book_load_workbook(l, err);

	r = xlsx_book_relation_by_type(l, "styles");
	if (code == ERR_OK && r != NULL)
		code = xlsx_book_parse_part(l, r->target, &styles, err);
	r = xlsx_book_relation_by_type(l, "sharedStrings");
	if (code == ERR_OK && r != NULL)
		code = xlsx_book_parse_part(l, r->target, &strings, err);
	return code;
}

enum err_code xlsx_book_load(struct xlsx_book *book, struct xlsx_zip *zip, struct err *err)
{
	struct xlsx_load *l = calloc(1, sizeof *l);
	enum err_code code;

	memset(book, 0, sizeof *book);
	if (l == NULL)
		return xlsx_book_nomem(err);
	l->book = book;
	l->zip = zip;
	code = xlsx_book_load_parts(l, err);
	xlsx_book_forget_relations(l);
	free(l);
	if (code != ERR_OK)
		xlsx_book_clear(book);
	return code;
}

void xlsx_book_clear(struct xlsx_book *book)
{
	for (int i = 0; i < book->n_sheets; i++) {
		free(book->sheets[i].name);
		free(book->sheets[i].part);
	}
	free(book->sheets);
	xlsx_text_clear(&book->strings);
	free(book->string_ends);
	free(book->style_is_date);
	memset(book, 0, sizeof *book);
}

const char *xlsx_book_string(const struct xlsx_book *book, size_t i, size_t *len)
{
	size_t start;

	if (i >= book->n_strings)
		return NULL;
	start = i == 0 ? 0 : book->string_ends[i - 1];
	*len = book->string_ends[i] - start - 1;
	return book->strings.bytes + start;
}

bool xlsx_book_is_date(const struct xlsx_book *book, size_t style)
{
	return style < book->n_styles && book->style_is_date[style] != 0;
}
