#ifndef PROTO_FILE_H
#define PROTO_FILE_H

#include "proto/err.h"

/* Syncs the folder that holds path, so that a name just made in it survives a power cut. ERR_IO
 * names the folder. */
enum err_code file_sync_folder(const char *path, struct err *err);

/* Nobody but us and root may be able to read or change a secret that is open as fd. ERR_DENIED says
 * what is wrong with which file and the command that mends it. */
enum err_code file_check_secret(int fd, const char *path, struct err *err);

#endif
