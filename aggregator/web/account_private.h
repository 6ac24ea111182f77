#ifndef AGGREGATOR_WEB_ACCOUNT_PRIVATE_H
#define AGGREGATOR_WEB_ACCOUNT_PRIVATE_H

#include "aggregator/web/account.h"

/* Shared by the files of accounts and sign-ins only: steps inside the caller's transaction. */

enum err_code account_add_within(struct office *o, const struct viewer *who, const char *peer,
				 const struct account *account, int64_t *id, struct err *err);
enum err_code account_set_hash_within(struct office *o, int64_t account, const char *hash,
				      const struct viewer *who, const char *peer, struct err *err);
/* Ends the account's sign-ins, all or all but one (0: all). */
enum err_code account_end_signins(struct office *o, int64_t account, int64_t but, struct err *err);

/* 32 random bytes as base64url, and the digest by which a text of that kind is looked up. */
#define ACCOUNT_TOKEN_BYTES 44
#define ACCOUNT_DIGEST_BYTES 32
void account_token(char token[ACCOUNT_TOKEN_BYTES]);
void account_token_digest(const char *token, uint8_t digest[ACCOUNT_DIGEST_BYTES]);

#endif
