#ifndef PROTO_FRAME_PARTS_H
#define PROTO_FRAME_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "proto/err.h"
#include "proto/report.pb-c.h"

/* Between the files of proto/frame: nobody else includes this.
 *
 *   frame_wire.c   walks the bytes before anything is decoded: form, counts, lengths, text
 *   frame.c        decodes in a capped arena, encodes, signs
 *   frame_check.c  what the decoded fields must satisfy
 *   frame_rows.c   what a report's columns must satisfy
 */

/* Walks one message of the given type. Refuses what protobuf-c would accept or cut: a text with a
 * NUL, another control character or broken UTF-8; a single field that occurs twice; groups; more
 * repetitions or longer texts than proto/limits.h allows. Unknown fields pass. */
enum err_code frame_scan(const ProtobufCMessageDescriptor *type, const uint8_t *bytes, size_t len,
			 struct err *err);

/* The envelope's version without decoding it: 0 when there is none. ERR_MALFORMED. */
enum err_code frame_peek_version(const uint8_t *bytes, size_t len, uint64_t *version,
				 struct err *err);

enum err_code frame_check_envelope(const District__Envelope *e, struct err *err);
enum err_code frame_check_entry(const District__Entry *e, struct err *err);
enum err_code frame_check_receipt(const District__Receipt *r, struct err *err);

/* Dictionary and columns of a report. */
enum err_code frame_check_rows(const District__Report *r, struct err *err);

/* [A-Za-z0-9_.+-]{1,64} */
int frame_is_code(const char *text);

#endif
