#include "agent/xml.h"

#include <errno.h>
#include <expat.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/limits.h"

#define XML_CHUNK_BYTES 65536

/* ---- expat's memory, counted: its allocator has no context of its own, hence per thread */

struct xml_block {
	alignas(max_align_t) size_t size;
};

static _Thread_local size_t xml_held;
static _Thread_local bool xml_over;

static bool xml_has_room(size_t size)
{
	if (size <= LIMIT_XML_PARSER_BYTES && xml_held <= LIMIT_XML_PARSER_BYTES - size)
		return true;
	xml_over = true;
	return false;
}

static void *xml_malloc(size_t size)
{
	struct xml_block *block = NULL;

	if (xml_has_room(size))
		block = malloc(sizeof *block + size);
	if (block == NULL)
		return NULL;
	block->size = size;
	xml_held += size;
	return block + 1;
}

static void xml_free(void *memory)
{
	struct xml_block *block = memory;

	if (block == NULL)
		return;
	block--;
	xml_held -= block->size;
	free(block);
}

static void *xml_realloc(void *memory, size_t size)
{
	struct xml_block *old = memory, *block = NULL;

	if (old == NULL)
		return xml_malloc(size);
	old--;
	if (size <= old->size || xml_has_room(size - old->size))
		block = realloc(old, sizeof *block + size);
	if (block == NULL)
		return NULL;
	xml_held = xml_held - block->size + size;
	block->size = size;
	return block + 1;
}

/* ---- handlers */

static void xml_stop(struct xml *x, enum err_code code)
{
	if (code == ERR_OK || x->code != ERR_OK)
		return;
	x->code = code;
	(void)XML_StopParser(x->parser, XML_FALSE);
}

static const char *xml_local(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon == NULL ? name : colon + 1;
}

/* expat may call on for a moment after it was stopped, so each looks first. */
static void XMLCALL xml_on_start(void *data, const XML_Char *name, const XML_Char **attributes)
{
	struct xml *x = data;

	if (x->code != ERR_OK)
		return;
	if (++x->depth > LIMIT_XML_DEPTH) {
		xml_stop(x, err_set(x->err, ERR_TOO_BIG,
				    "line %lld: elements lie more than %d deep in one another; "
				    "export the file again",
				    (long long)xml_line(x), LIMIT_XML_DEPTH));
		return;
	}
	xml_stop(x, x->handlers->on_start(x->context, xml_local(name),
					  (const char *const *)attributes, x->err));
}

static void XMLCALL xml_on_end(void *data, const XML_Char *name)
{
	struct xml *x = data;

	if (x->code != ERR_OK)
		return;
	x->depth--;
	xml_stop(x, x->handlers->on_end(x->context, xml_local(name), x->err));
}

static void XMLCALL xml_on_text(void *data, const XML_Char *text, int len)
{
	struct xml *x = data;

	if (x->code == ERR_OK)
		xml_stop(x, x->handlers->on_text(x->context, text, (size_t)len, x->err));
}

static void XMLCALL xml_on_doctype(void *data, const XML_Char *name, const XML_Char *system_id,
				   const XML_Char *public_id, int has_internal_subset)
{
	struct xml *x = data;

	(void)name;
	(void)system_id;
	(void)public_id;
	(void)has_internal_subset;
	xml_stop(x, err_set(x->err, ERR_MALFORMED,
			    "line %lld: it has a DOCTYPE, which no extract needs and which may "
			    "hide entities; export the file again without it",
			    (long long)xml_line(x)));
}

/* ---- parsing */

static enum err_code xml_failed(struct xml *x)
{
	enum XML_Error why = XML_GetErrorCode(x->parser);

	if (why == XML_ERROR_NO_MEMORY && xml_over)
		return err_set(x->err, ERR_TOO_BIG,
			       "line %lld: a tag or its names need more than %d bytes; export the "
			       "file again",
			       (long long)xml_line(x), LIMIT_XML_PARSER_BYTES);
	if (why == XML_ERROR_NO_MEMORY)
		return err_set(x->err, ERR_NOMEM, "out of memory");
	if (why == XML_ERROR_UNKNOWN_ENCODING)
		return err_set(x->err, ERR_MALFORMED,
			       "line %lld: it is in a character set that is not read; save it as "
			       "UTF-8",
			       (long long)xml_line(x));
	return err_set(x->err, ERR_MALFORMED,
		       "line %lld: it is damaged or not XML (%s); export the file again",
		       (long long)xml_line(x), XML_ErrorString(why));
}

static enum err_code xml_feed(struct xml *x, const struct xml_source *source)
{
	size_t n;

	do {
		void *buffer = XML_GetBuffer(x->parser, XML_CHUNK_BYTES);
		enum err_code code;

		if (buffer == NULL)
			return xml_failed(x);
		code = source->read(source->context, buffer, XML_CHUNK_BYTES, &n, x->err);
		if (code != ERR_OK)
			return code;
		if (XML_ParseBuffer(x->parser, (int)n, n == 0) != XML_STATUS_OK)
			return x->code != ERR_OK ? x->code : xml_failed(x);
	} while (n > 0);
	return ERR_OK;
}

enum err_code xml_parse(struct xml *x, const struct xml_source *source, struct err *err)
{
	static const XML_Memory_Handling_Suite memory = { xml_malloc, xml_realloc, xml_free };
	enum err_code code;

	x->depth = 0;
	x->code = ERR_OK;
	x->err = err;
	xml_over = false;
	x->parser = XML_ParserCreate_MM(NULL, &memory, NULL);
	if (x->parser == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	XML_SetUserData(x->parser, x);
	XML_SetElementHandler(x->parser, xml_on_start, xml_on_end);
	XML_SetCharacterDataHandler(x->parser, xml_on_text);
	XML_SetStartDoctypeDeclHandler(x->parser, xml_on_doctype);
	code = xml_feed(x, source);
	XML_ParserFree(x->parser);
	x->parser = NULL;
	return code;
}

int64_t xml_line(const struct xml *x)
{
	return (int64_t)XML_GetCurrentLineNumber(x->parser);
}

const char *xml_attribute(const char *const *attributes, const char *name)
{
	for (int i = 0; attributes[i] != NULL; i += 2)
		if (strcmp(attributes[i], name) == 0)
			return attributes[i + 1];
	for (int i = 0; attributes[i] != NULL; i += 2)
		if (strncmp(attributes[i], "xmlns:", 6) != 0 &&
		    strcmp(xml_local(attributes[i]), name) == 0)
			return attributes[i + 1];
	return NULL;
}

enum err_code xml_read_fd(void *fd, void *buffer, size_t size, size_t *n, struct err *err)
{
	ssize_t got;

	do
		got = read(*(const int *)fd, buffer, size);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_set(err, ERR_IO, "read: %s", strerror(errno));
	*n = (size_t)got;
	return ERR_OK;
}
