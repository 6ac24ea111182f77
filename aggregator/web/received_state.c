#include "aggregator/web/received_state.h"

#include <jansson.h>
#include <stddef.h>

#include "proto/fault_codes.h"

static const struct {
	const char *symbol, *shortly, *words;
} states[] = {
	[RECEIVED_NOT_EXPECTED] = { "", "", "not expected" },
	[RECEIVED_ON_TIME] = { "✓", "on time", "came on time" },
	[RECEIVED_LATE] = { "◷", "late", "came late" },
	[RECEIVED_HISTORY] = { "·", "history", "due before the agent was enrolled" },
	[RECEIVED_NOT_DUE] = { "…", "not due", "not due yet" },
	[RECEIVED_PROVISIONAL] = { "◐", "part", "only an extract from before the month's end" },
	[RECEIVED_REFUSED] = { "✕", "refused", "came and was refused" },
	[RECEIVED_MISSING] = { "!", "missing", "has not come" },
};

const char *received_state_symbol(enum received_state state)
{
	return states[state].symbol;
}

const char *received_state_short(enum received_state state)
{
	return states[state].shortly;
}

const char *received_state_words(enum received_state state)
{
	return states[state].words;
}

static const char *reason_text(const json_t *reason, const char *key)
{
	const char *text = json_string_value(json_object_get(reason, key));

	return text == NULL ? "" : text;
}

static void reason_write(struct html *h, const json_t *reason, enum fault_rule rule)
{
	const char *list = reason_text(reason, "list");
	const long long count = (long long)json_integer_value(json_object_get(reason, "count"));

	html_raw(h, "<li>");
	if (list[0] != '\0')
		html_put(h, "%s: ", list);
	html_put(h, "%s", rule == 0 ? reason_text(reason, "code") : fault_title(rule));
	if (count > 1)
		html_put(h, " (%lld times)", count);
	html_raw(h, "</li>");
}

void received_reasons(struct html *h, const char *json, enum received_reasons which)
{
	json_t *reasons = json_loads(json, 0, NULL);
	const json_t *reason;
	size_t at;
	int n = 0;

	if (!json_is_array(reasons)) {
		html_text(h, json);
		json_decref(reasons);
		return;
	}
	json_array_foreach(reasons, at, reason)
	{
		const enum fault_rule rule =
			(enum fault_rule)fault_rule_find(reason_text(reason, "code"));

		if (which == RECEIVED_REASONS_REFUSING && rule != 0 &&
		    fault_severity(rule) != FAULT_REFUSED)
			continue;
		if (n++ == 0)
			html_raw(h, "<ul class=\"drs-list\">");
		reason_write(h, reason, rule);
	}
	html_raw(h, n > 0 ? "</ul>" : "none");
	json_decref(reasons);
}
