#include "agent/faults.h"

#include <stdio.h>

static void fault_print(struct out *o, const struct fault *fault)
{
	char letter[8];

	out_text(o, fault_severity_name(fault_severity(fault->rule)));
	out_text(o, fault_code(fault->rule));
	out_text(o, fault->file);
	out_text(o, fault->sheet);
	out_text(o, fault->list);
	if (fault->row > 0)
		out_int(o, fault->row);
	else
		out_text(o, NULL);
	out_text(o, fault->column < 0 ? NULL : fault_column_letter(fault->column, letter));
	out_text(o, fault->heading);
	out_text(o, fault->value);
	out_text(o, fault_title(fault->rule));
	out_text(o, fault->mend);
}

struct out *faults_table(const struct faults *f, enum fault_severity at_least, FILE *file,
			 enum out_form form)
{
	static const char *const columns[] = { "severity", "code",  "file",   "sheet",
					       "list",     "row>",  "column", "heading",
					       "value",    "fault", "mend" };
	struct out *o =
		out_begin(file, form, "faults", columns, sizeof columns / sizeof columns[0]);
	uint64_t n_all = faults_count(f, FAULT_NOTE);

	for (int severity = FAULT_REFUSED; severity >= (int)at_least; severity--)
		for (size_t i = 0; i < f->n_items; i++)
			if ((int)fault_severity(f->items[i].rule) == severity)
				fault_print(o, &f->items[i]);
	if (n_all > f->n_items) {
		char more[32];

		(void)snprintf(more, sizeof more, "%llu",
			       (unsigned long long)(n_all - (uint64_t)f->n_items));
		out_note(o, "further_faults_counted_only", more);
	}
	return o;
}

int faults_print(const struct faults *f, FILE *file, enum out_form form)
{
	struct out *o = faults_table(f, FAULT_NOTE, file, form);

	return out_end(&o);
}
