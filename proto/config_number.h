#ifndef PROTO_CONFIG_NUMBER_H
#define PROTO_CONFIG_NUMBER_H

#include <stddef.h>

#include "proto/err.h"

/* A knob: where the file's value is (an int * that is NULL when not given), where the value in
 * force goes, and its bounds. */
struct config_number {
	const char *key;
	size_t given_offset; /* int * in the structure */
	size_t value_offset; /* int in the structure */
	int least, normal, most;
};

/* Fills every value of the structure at data; prefix is put before the key in errors
 * ("datasets[0]."). ERR_CONFIG names the bounds. */
enum err_code config_numbers(const char *path, const char *prefix,
			     const struct config_number *numbers, size_t n, void *data,
			     struct err *err);

#endif
