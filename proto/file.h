#ifndef PROTO_FILE_H
#define PROTO_FILE_H

#include "proto/err.h"

/* Syncs the folder that holds path, so that a name just made in it survives a power cut. ERR_IO
 * names the folder. */
enum err_code file_sync_folder(const char *path, struct err *err);

#endif
