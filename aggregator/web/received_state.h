#ifndef AGGREGATOR_WEB_RECEIVED_STATE_H
#define AGGREGATOR_WEB_RECEIVED_STATE_H

#include "aggregator/received.h"
#include "aggregator/web/html.h"

/* What a cell of the received grid says, in a symbol, a word and a phrase. */

const char *received_state_symbol(enum received_state state); /* "✓" */
const char *received_state_short(enum received_state state);  /* "late" */
const char *received_state_words(enum received_state state);  /* "came late" */

/* The reasons of a return (the store's JSON: code, list, count), as a list of sentences: those that
 * refused the extract, or all. Text that is no such JSON is written as it is. */
enum received_reasons {
	RECEIVED_REASONS_ALL,
	RECEIVED_REASONS_REFUSING
};
void received_reasons(struct html *h, const char *json, enum received_reasons which);

#endif
