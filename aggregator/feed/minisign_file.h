#ifndef AGGREGATOR_FEED_MINISIGN_FILE_H
#define AGGREGATOR_FEED_MINISIGN_FILE_H

#include <sys/types.h>

#include "aggregator/feed/minisign.h"
#include "proto/err.h"

/* The files of minisign.c. */

/* Reads a text file of fewer than MINISIGN_FILE_MAX bytes. secret: only when its mode keeps others
 * out (0600 or 0400) and it belongs to us or root, else ERR_DENIED with the mend. */
enum err_code minisign_file_read(const char *path, int secret, char text[MINISIGN_FILE_MAX],
				 struct err *err);

/* Creates the file (O_EXCL) and syncs it with its folder; leaves none behind on failure. */
enum err_code minisign_file_create(const char *path, mode_t mode, const char *text,
				   struct err *err);

/* ERR_BUSY when something has that name. */
enum err_code minisign_file_absent(const char *path, struct err *err);

#endif
