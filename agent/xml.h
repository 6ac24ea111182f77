#ifndef AGENT_XML_H
#define AGENT_XML_H

#include <stddef.h>
#include <stdint.h>

#include "proto/err.h"

/* XML that somebody else wrote, read as a stream by expat within bounds: no DOCTYPE (so no
 * entities of its own), at most LIMIT_XML_DEPTH levels, at most LIMIT_XML_PARSER_BYTES of memory
 * (which bounds names, attributes and the longest tag). The readers of workbooks and of the CIN
 * census share it. Names come without their namespace prefix. */

struct xml_source {
	void *context;
	/* Reads up to size bytes into buffer; *n 0 at the end. */
	enum err_code (*read)(void *context, void *buffer, size_t size, size_t *n, struct err *err);
};

/* Each may stop the parser by returning an error. text comes in pieces, not NUL-terminated. */
struct xml_handlers {
	enum err_code (*on_start)(void *context, const char *name, const char *const *attributes,
				  struct err *err);
	enum err_code (*on_end)(void *context, const char *name, struct err *err);
	enum err_code (*on_text)(void *context, const char *text, size_t len, struct err *err);
};

struct xml {
	const struct xml_handlers *handlers; /* set by the caller, borrowed */
	void *context;                       /* the handlers' */
	/* its own */
	void *parser;
	int depth;
	enum err_code code;
	struct err *err;
};

/* Parses all of source. ERR_MALFORMED and ERR_TOO_BIG name the line; else what source or a
 * handler returned. */
enum err_code xml_parse(struct xml *x, const struct xml_source *source, struct err *err);

/* Line of the element at hand, from 1; only inside a handler. */
int64_t xml_line(const struct xml *x);

/* Value of the attribute, whatever its prefix; NULL when there is none. Borrowed. */
const char *xml_attribute(const char *const *attributes, const char *name);

/* A source over an open file, whose position it moves; fd is an int *. */
enum err_code xml_read_fd(void *fd, void *buffer, size_t size, size_t *n, struct err *err);

#endif
