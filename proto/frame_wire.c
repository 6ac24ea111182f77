#include "proto/frame_parts.h"

#include <stdbool.h>
#include <string.h>

#include "proto/limits.h"

/* In: bytes of a peer, nothing known about them. Out: the verdict whether protobuf-c may decode
 * them. It decodes strings to char * without a length, so that what stands after a NUL would be
 * lost unseen, and it keeps broken UTF-8; both show only here. */

#define FIELDS_MAX 32 /* fields that one of our messages declares */

enum wire_type {
	WIRE_VARINT = 0,
	WIRE_64 = 1,
	WIRE_LENGTH = 2,
	WIRE_32 = 5,
};

struct wire {
	const uint8_t *at, *end;
};

struct wire_field {
	uint64_t number;
	uint64_t type;
	const uint8_t *bytes; /* of a length-delimited one */
	uint64_t len;
	uint64_t varint;
};

/* ---- how often, how long: fields that differ from one code of LIMIT_STRING_BYTES */

static const struct wire_limit {
	const ProtobufCMessageDescriptor *type;
	const char *field;
	size_t n_max, bytes_max;
} wire_limits[] = {
	{ &district__hello__descriptor, "versions", LIMIT_VERSIONS, 0 },
	{ &district__welcome__descriptor, "versions", LIMIT_VERSIONS, 0 },
	{ &district__welcome__descriptor, "beyond", LIMIT_RANGES, 0 },
	{ &district__goodbye__descriptor, "versions", LIMIT_VERSIONS, 0 },
	{ &district__goodbye__descriptor, "reason", 1, LIMIT_TEXT_BYTES },
	{ &district__signed__descriptor, "payload", 1, LIMIT_FRAME_BYTES },
	{ &district__report__descriptor, "dictionary", LIMIT_DICTIONARY, LIMIT_STRING_BYTES },
	{ &district__report__descriptor, "measure", LIMIT_OBSERVATIONS, 0 },
	{ &district__report__descriptor, "dimension", LIMIT_OBSERVATIONS, 0 },
	{ &district__report__descriptor, "category", LIMIT_OBSERVATIONS, 0 },
	{ &district__report__descriptor, "numerator", LIMIT_OBSERVATIONS, 0 },
	{ &district__report__descriptor, "denominator", LIMIT_OBSERVATIONS, 0 },
	{ &district__report__descriptor, "provisional_measures", LIMIT_DICTIONARY, 0 },
	{ &district__return__descriptor, "lists", LIMIT_LISTS, 0 },
	{ &district__return__descriptor, "reasons", LIMIT_REASONS, 0 },
	{ &district__return__descriptor, "confirmed", LIMIT_PERIODS, LIMIT_STRING_BYTES },
	{ &district__return__descriptor, "changed", LIMIT_PERIODS, LIMIT_STRING_BYTES },
	{ &district__withdraw__descriptor, "reason", 1, LIMIT_TEXT_BYTES },
	{ &district__void__descriptor, "ranges", LIMIT_RANGES, 0 },
	{ &district__receipt__descriptor, "beyond", LIMIT_RANGES, 0 },
	{ &district__receipt__descriptor, "already", LIMIT_ANSWERS, 0 },
	{ &district__receipt__descriptor, "refused", LIMIT_ANSWERS, 0 },
	{ &district__refusal__descriptor, "reason", 1, LIMIT_TEXT_BYTES },
};

static struct wire_limit wire_limit_of(const ProtobufCMessageDescriptor *type,
				       const ProtobufCFieldDescriptor *field)
{
	struct wire_limit limit = { type, field->name, 1, LIMIT_STRING_BYTES };

	for (size_t i = 0; i < sizeof wire_limits / sizeof *wire_limits; i++)
		if (wire_limits[i].type == type && strcmp(wire_limits[i].field, field->name) == 0)
			return wire_limits[i];
	return limit;
}

/* ---- reading */

static bool wire_varint(struct wire *w, uint64_t *value)
{
	*value = 0;
	for (int shift = 0; shift < 70 && w->at < w->end; shift += 7) {
		uint8_t byte = *w->at++;

		if (shift < 64)
			*value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return true;
	}
	return false;
}

static bool wire_skip(struct wire *w, uint64_t n)
{
	if (n > (uint64_t)(w->end - w->at))
		return false;
	w->at += n;
	return true;
}

static bool wire_next(struct wire *w, struct wire_field *f)
{
	uint64_t tag;

	if (!wire_varint(w, &tag) || tag > UINT32_MAX || tag >> 3 == 0)
		return false;
	memset(f, 0, sizeof *f);
	f->number = tag >> 3;
	f->type = tag & 7;
	switch (f->type) {
	case WIRE_VARINT:
		return wire_varint(w, &f->varint);
	case WIRE_64:
		return wire_skip(w, 8);
	case WIRE_32:
		return wire_skip(w, 4);
	case WIRE_LENGTH:
		if (!wire_varint(w, &f->len))
			return false;
		f->bytes = w->at;
		return wire_skip(w, f->len);
	}
	return false; /* groups */
}

/* How many bytes the character at s has; 0 when it is no UTF-8 or a control character. Overlong
 * forms, surrogates and what lies beyond U+10FFFF are no UTF-8 (RFC 3629). */
static size_t wire_character(const uint8_t *s, size_t n)
{
	if (s[0] < 0x80)
		return s[0] >= 0x20 && s[0] != 0x7f;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		return n >= 2 && (s[1] & 0xc0) == 0x80 ? 2 : 0;
	if (n >= 3 && (s[0] & 0xf0) == 0xe0 && (s[1] & 0xc0) == 0x80 && (s[2] & 0xc0) == 0x80) {
		if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0))
			return 0;
		return 3;
	}
	if (n >= 4 && s[0] >= 0xf0 && s[0] <= 0xf4 && (s[1] & 0xc0) == 0x80 &&
	    (s[2] & 0xc0) == 0x80 && (s[3] & 0xc0) == 0x80) {
		if ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] >= 0x90))
			return 0;
		return 4;
	}
	return 0;
}

static bool wire_text_is_clean(const uint8_t *s, uint64_t n)
{
	uint64_t at = 0;

	while (at < n) {
		size_t step = wire_character(s + at, (size_t)(n - at));

		if (step == 0)
			return false;
		at += step;
	}
	return true;
}

/* How many varints a packed field holds; −1 when it ends inside one. */
static int64_t wire_packed_count(const struct wire_field *f)
{
	struct wire w = { f->bytes, f->bytes + f->len };
	int64_t n = 0;
	uint64_t value;

	while (w.at < w.end) {
		if (!wire_varint(&w, &value))
			return -1;
		n++;
	}
	return n;
}

/* ---- one field */

static enum err_code wire_scan_value(const ProtobufCMessageDescriptor *type,
				     const ProtobufCFieldDescriptor *field,
				     const struct wire_field *f, const struct wire_limit *limit,
				     int64_t *n, struct err *err)
{
	bool is_length = field->type == PROTOBUF_C_TYPE_STRING ||
			 field->type == PROTOBUF_C_TYPE_BYTES ||
			 field->type == PROTOBUF_C_TYPE_MESSAGE;
	bool is_packed =
		!is_length && f->type == WIRE_LENGTH && field->label == PROTOBUF_C_LABEL_REPEATED;

	*n = is_packed ? wire_packed_count(f) : 1;
	/* Every number in report.proto is a varint. */
	if (*n < 0 || (!is_packed && f->type != (is_length ? WIRE_LENGTH : WIRE_VARINT)))
		return err_set(err, ERR_MALFORMED, "%s.%s: not encoded as its type asks",
			       type->short_name, field->name);
	if (field->type == PROTOBUF_C_TYPE_MESSAGE)
		return ERR_OK;
	if (is_length && f->len > limit->bytes_max)
		return err_set(err, ERR_TOO_BIG, "%s.%s: longer than %zu bytes", type->short_name,
			       field->name, limit->bytes_max);
	if (field->type == PROTOBUF_C_TYPE_STRING && !wire_text_is_clean(f->bytes, f->len))
		return err_set(err, ERR_MALFORMED,
			       "%s.%s: holds a control character or is not UTF-8", type->short_name,
			       field->name);
	return ERR_OK;
}

/* What was seen of one message. */
struct wire_seen {
	int64_t n[FIELDS_MAX];
	bool oneof; /* our messages have one at most */
};

static enum err_code wire_count(const ProtobufCMessageDescriptor *type,
				const ProtobufCFieldDescriptor *field, int64_t n,
				const struct wire_limit *limit, struct wire_seen *seen,
				struct err *err)
{
	int64_t *total = &seen->n[field - type->fields];
	bool is_repeated = field->label == PROTOBUF_C_LABEL_REPEATED;
	bool is_oneof = (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;

	*total += n;
	if (is_repeated && *total > (int64_t)limit->n_max)
		return err_set(err, ERR_TOO_BIG, "%s.%s: more than %zu", type->short_name,
			       field->name, limit->n_max);
	if ((!is_repeated && *total > 1) || (is_oneof && seen->oneof))
		return err_set(err, ERR_MALFORMED, "%s.%s: there twice", type->short_name,
			       field->name);
	seen->oneof = seen->oneof || is_oneof;
	return ERR_OK;
}

static enum err_code wire_scan_field(const ProtobufCMessageDescriptor *type,
				     const struct wire_field *f, struct wire_seen *seen,
				     struct err *err)
{
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field(type, (unsigned)f->number);
	struct wire_limit limit;
	enum err_code code;
	int64_t n = 0;

	if (field == NULL)
		return ERR_OK; /* of a newer program: kept */
	limit = wire_limit_of(type, field);
	code = wire_scan_value(type, field, f, &limit, &n, err);
	if (code == ERR_OK)
		code = wire_count(type, field, n, &limit, seen, err);
	if (code == ERR_OK && field->type == PROTOBUF_C_TYPE_MESSAGE)
		code = frame_scan(field->descriptor, f->bytes, (size_t)f->len, err);
	return code;
}

/* Our messages nest four deep at most and none holds itself, so the recursion is bounded. */
enum err_code frame_scan(const ProtobufCMessageDescriptor *type, const uint8_t *bytes, size_t len,
			 struct err *err)
{
	struct wire w = { bytes, bytes + len };
	struct wire_seen seen = { { 0 }, false };
	struct wire_field f;
	enum err_code code = ERR_OK;

	if (type->n_fields > FIELDS_MAX)
		return err_set(err, ERR_TOO_BIG, "%s: too many fields", type->short_name);
	while (code == ERR_OK && w.at < w.end) {
		if (!wire_next(&w, &f))
			return err_set(err, ERR_MALFORMED, "%s: broken at byte %zu of %zu",
				       type->short_name, (size_t)(w.at - bytes), len);
		code = wire_scan_field(type, &f, &seen, err);
	}
	return code;
}

enum err_code frame_peek_version(const uint8_t *bytes, size_t len, uint64_t *version,
				 struct err *err)
{
	struct wire w = { bytes, bytes + len };
	struct wire_field f;

	*version = 0;
	while (w.at < w.end) {
		if (!wire_next(&w, &f))
			return err_set(err, ERR_MALFORMED, "Envelope: broken at byte %zu of %zu",
				       (size_t)(w.at - bytes), len);
		if (f.number == 1 && f.type == WIRE_VARINT) {
			*version = f.varint;
			return ERR_OK;
		}
	}
	return ERR_OK;
}
