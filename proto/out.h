#ifndef PROTO_OUT_H
#define PROTO_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Tables for people and machines: one description, three forms. Text is an aligned table with a
 * header (numbers to the right, columns measured in UTF-8 characters); CSV is RFC 4180; JSON is
 * {"schema":1,"<name>":[{…}]}. Cells are collected, then written by out_end. */

enum out_form {
	OUT_TEXT,
	OUT_CSV,
	OUT_JSON,
};

struct out; /* opaque */

/* columns: "name" or "name>" (right-aligned number) …, n of them; borrowed until out_end. name is
 * the JSON key of the array. Never NULL (exits are not allowed here: on no memory out_end
 * returns −1). */
struct out *out_begin(FILE *file, enum out_form form, const char *name, const char *const *columns,
		      int n);
void out_text(struct out *o, const char *text); /* NULL: empty cell; JSON null */
void out_int(struct out *o, int64_t value);
void out_real(struct out *o, double value, int decimals); /* rounds half-up for decimals shown */
void out_bool(struct out *o, bool value);
/* Begins another table of the same document: a second array in JSON, below an empty line in text
 * and CSV. At most OUT_TABLES in all. columns as for out_begin. */
#define OUT_TABLES 4
void out_table(struct out *o, const char *name, const char *const *columns, int n);
/* Extra JSON members beside the array (also lines under a text table: "key: value"). */
void out_note(struct out *o, const char *key, const char *value);
/* Writes everything, frees o. 0, or −1 on an output error or no memory. */
int out_end(struct out **o);

/* Half-up rounding at `decimals` of numerator × scale ÷ denominator in exact integer arithmetic
 * (denominator > 0): DfE's published rule, 5,353 of 5,353 percentages. The result is scaled by
 * 10^decimals: out_round_ratio(1, 3, 100, 1) = 333. */
int64_t out_round_ratio(int64_t numerator, int64_t denominator, int64_t scale, int decimals);

#endif
