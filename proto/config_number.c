#include "proto/config_number.h"

#include "proto/config.h"

#include <stdio.h>
#include <string.h>

enum err_code config_numbers(const char *path, const char *prefix,
			     const struct config_number *numbers, size_t n, void *data,
			     struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		const struct config_number *k = &numbers[i];
		int *given;
		int value;
		char key[128];

		memcpy(&given, (char *)data + k->given_offset, sizeof given);
		value = given == NULL ? k->normal : *given;
		if (value < k->least || value > k->most) {
			(void)snprintf(key, sizeof key, "%s%s", prefix, k->key);
			return config_error(err, path, key, "%d is not between %d and %d", value,
					    k->least, k->most);
		}
		memcpy((char *)data + k->value_offset, &value, sizeof value);
	}
	return ERR_OK;
}
