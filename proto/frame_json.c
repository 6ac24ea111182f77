#include "proto/frame.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/date.h"

/* An entry as one line of JSON. Every message is written from its descriptor, field by field, so
 * that a field added to report.proto shows without a change here. Three things read better in
 * another form: bytes are hexadecimal, a day number is a date, and a report's columns become one
 * object per observation, with the words instead of their indexes. */

struct json {
	char *text;
	size_t len, size;
	int failed; /* no memory */
};

static void json_put(struct json *j, const char *bytes, size_t len)
{
	if (j->failed)
		return;
	if (j->len + len + 1 > j->size) {
		size_t size = (j->len + len + 1) * 2;
		char *grown = realloc(j->text, size);

		if (grown == NULL) {
			j->failed = 1;
			return;
		}
		j->text = grown;
		j->size = size;
	}
	memcpy(j->text + j->len, bytes, len);
	j->len += len;
	j->text[j->len] = '\0';
}

static void json_word(struct json *j, const char *word)
{
	json_put(j, word, strlen(word));
}

static void json_format(struct json *j, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void json_format(struct json *j, const char *format, ...)
{
	char text[64];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (n > 0)
		json_put(j, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

/* The decoder let no control character pass, but an entry of our own may not have been there. */
static void json_text(struct json *j, const char *text)
{
	json_word(j, "\"");
	for (const char *p = text; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;

		if (c == '"' || c == '\\')
			json_format(j, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			json_format(j, "\\u%04x", c);
		else
			json_put(j, p, 1);
	}
	json_word(j, "\"");
}

static void json_bytes(struct json *j, const ProtobufCBinaryData *b)
{
	json_word(j, "\"");
	for (size_t i = 0; i < b->len; i++)
		json_format(j, "%02x", b->data[i]);
	json_word(j, "\"");
}

static void json_key(struct json *j, const char *key)
{
	if (j->len > 0 && j->text[j->len - 1] != '{' && j->text[j->len - 1] != '[')
		json_word(j, ",");
	json_text(j, key);
	json_word(j, ":");
}

static void json_message(struct json *j, const ProtobufCMessage *m);

static void json_enum(struct json *j, const ProtobufCFieldDescriptor *field, int value)
{
	const ProtobufCEnumValue *v =
		protobuf_c_enum_descriptor_get_value(field->descriptor, value);

	if (v == NULL)
		json_format(j, "%d", value);
	else
		json_text(j, v->name);
}

/* The value at `member`; its C type follows from the field's. */
static void json_value(struct json *j, const ProtobufCFieldDescriptor *field, const void *member)
{
	char date[DATE_TEXT_BYTES];

	switch ((int)field->type) {
	case PROTOBUF_C_TYPE_STRING:
		json_text(j, *(char *const *)member == NULL ? "" : *(char *const *)member);
		return;
	case PROTOBUF_C_TYPE_BYTES:
		json_bytes(j, member);
		return;
	case PROTOBUF_C_TYPE_MESSAGE:
		json_message(j, *(ProtobufCMessage *const *)member);
		return;
	case PROTOBUF_C_TYPE_BOOL:
		json_word(j, *(const protobuf_c_boolean *)member ? "true" : "false");
		return;
	case PROTOBUF_C_TYPE_ENUM:
		json_enum(j, field, *(const int *)member);
		return;
	case PROTOBUF_C_TYPE_UINT64:
		json_format(j, "%" PRIu64, *(const uint64_t *)member);
		return;
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
		json_format(j, "%" PRId64, *(const int64_t *)member);
		return;
	case PROTOBUF_C_TYPE_UINT32:
		json_format(j, "%" PRIu32, *(const uint32_t *)member);
		return;
	default:
		if (strcmp(field->name, "as_at") == 0 && *(const int32_t *)member != 0)
			json_text(j, date_format(*(const int32_t *)member, date));
		else
			json_format(j, "%" PRId32, *(const int32_t *)member);
	}
}

static size_t json_size_of(const ProtobufCFieldDescriptor *field)
{
	switch ((int)field->type) {
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(void *);
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
		return sizeof(int64_t);
	case PROTOBUF_C_TYPE_BOOL:
		return sizeof(protobuf_c_boolean);
	default:
		return sizeof(int32_t);
	}
}

static void json_repeated(struct json *j, const ProtobufCFieldDescriptor *field, const char *items,
			  size_t n)
{
	json_word(j, "[");
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			json_word(j, ",");
		json_value(j, field, items + i * json_size_of(field));
	}
	json_word(j, "]");
}

static void json_field(struct json *j, const ProtobufCMessage *m,
		       const ProtobufCFieldDescriptor *field)
{
	const char *base = (const char *)m;
	const void *member = base + field->offset;

	if (field->label == PROTOBUF_C_LABEL_REPEATED) {
		json_key(j, field->name);
		json_repeated(j, field, *(char *const *)member,
			      *(const size_t *)(const void *)(base + field->quantifier_offset));
		return;
	}
	if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 &&
	    *(const uint32_t *)(const void *)(base + field->quantifier_offset) != field->id)
		return;
	json_key(j, field->name);
	json_value(j, field, member);
}

static const char *json_word_of(const District__Report *r, uint32_t index)
{
	return index < r->n_dictionary ? r->dictionary[index] : "";
}

static void json_observations(struct json *j, const District__Report *r)
{
	json_key(j, "observations");
	json_word(j, "[");
	for (size_t i = 0; i < r->n_measure; i++) {
		json_word(j, i > 0 ? ",{" : "{");
		json_key(j, "measure");
		json_text(j, json_word_of(r, r->measure[i]));
		json_key(j, "dimension");
		json_text(j, json_word_of(r, r->dimension[i]));
		json_key(j, "category");
		json_text(j, json_word_of(r, r->category[i]));
		json_key(j, "numerator");
		json_format(j, "%" PRId64, r->numerator[i]);
		json_key(j, "denominator");
		json_format(j, "%" PRId64, r->denominator[i]);
		json_word(j, "}");
	}
	json_word(j, "]");
	json_key(j, "provisional_measures");
	json_word(j, "[");
	for (size_t i = 0; i < r->n_provisional_measures; i++) {
		if (i > 0)
			json_word(j, ",");
		json_text(j, json_word_of(r, r->provisional_measures[i]));
	}
	json_word(j, "]");
}

/* Fields of a report that json_observations writes. */
static int json_is_column(const char *name)
{
	static const char *const columns[] = { "dictionary",          "measure",
					       "dimension",           "category",
					       "numerator",           "denominator",
					       "provisional_measures" };

	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
		if (strcmp(columns[i], name) == 0)
			return 1;
	return 0;
}

static void json_message(struct json *j, const ProtobufCMessage *m)
{
	int is_report = m->descriptor == &district__report__descriptor;

	json_word(j, "{");
	for (unsigned i = 0; i < m->descriptor->n_fields; i++)
		if (!is_report || !json_is_column(m->descriptor->fields[i].name))
			json_field(j, m, &m->descriptor->fields[i]);
	if (is_report)
		json_observations(j, (const District__Report *)m);
	json_word(j, "}");
}

enum err_code frame_entry_to_json(const District__Entry *entry, char **out, struct err *err)
{
	struct json j = { 0 };
	const District__Report *r =
		entry->body_case == DISTRICT__ENTRY__BODY_REPORT ? entry->report : NULL;

	*out = NULL;
	if (r != NULL && (r->n_dimension != r->n_measure || r->n_category != r->n_measure ||
			  r->n_numerator != r->n_measure || r->n_denominator != r->n_measure))
		return err_set(err, ERR_MALFORMED, "Report: the columns differ in length");
	json_message(&j, &entry->base);
	if (j.failed) {
		free(j.text);
		return err_set(err, ERR_NOMEM, "out of memory");
	}
	*out = j.text;
	return ERR_OK;
}
