/* SPDX-License-Identifier: MIT */
/* What a drill records of itself is read as it was written, and nothing else is taken for it. */
#include <string.h>

#include "../harness/test.h"
#include "machine_root.h"

static struct lb_machine *open_record(struct machine_root *root, const char *text)
{
	struct lb_machine_error error;
	enum lb_status status;

	machine_root_make(root);
	machine_root_put(root, "proc/cmdline", "ro\n");
	machine_root_put(root, "var/lib/lifeboat/drill", text);
	return machine_root_open(root, &status, &error);
}

TEST(machine_trial, what_is_written_is_read)
{
	static const struct lb_machine_trial trials[] = {
		{.outcome = LB_TRIED_WORKED, .when = 1763700000, .initrd_bytes = 31457280,
			.crashkernel = "1G-4G:160M,4G-:192M@16M"},
		{.outcome = LB_TRIED_SAVED, .when = UINT64_MAX, .initrd_bytes = UINT64_MAX},
		{.outcome = LB_TRIED_FAILED},
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(trials); i++) {
		const struct lb_machine_trial *written = &trials[i];
		char text[LB_TRIAL_TEXT_BYTES];
		struct machine_root root;
		struct lb_machine *machine;

		lb_trial_text(written, text);
		machine = open_record(&root, text);
		REQUIRE(machine != NULL);
		CHECK_EQUAL(machine->trial.outcome, written->outcome);
		CHECK_EQUAL(machine->trial.when, written->when);
		CHECK_EQUAL(machine->trial.initrd_bytes, written->initrd_bytes);
		CHECK_TEXT(machine->trial.crashkernel ? machine->trial.crashkernel : "",
			written->crashkernel ? written->crashkernel : "");
		lb_machine_close(machine);
		machine_root_remove(&root);
	}
}

/* Else the record could not be read any more, and the machine not be checked. */
TEST(machine_trial, a_value_that_no_record_holds_is_left_out)
{
	static const char *const values[] = {"256M panic=1", "", "256M\noutcome lost", "$(x)"};
	char long_value[LB_TRIAL_TEXT_BYTES];

	memset(long_value, '9', sizeof(long_value) - 1);
	long_value[sizeof(long_value) - 1] = 0;
	for (size_t i = 0; i <= LB_ARRAY_COUNT(values); i++) {
		struct lb_machine_trial trial = {.outcome = LB_TRIED_WORKED,
			.crashkernel = i < LB_ARRAY_COUNT(values) ? values[i] : long_value};
		char text[LB_TRIAL_TEXT_BYTES];
		struct machine_root root;
		struct lb_machine *machine;

		lb_trial_text(&trial, text);
		machine = open_record(&root, text);
		REQUIRE(machine != NULL);
		CHECK_EQUAL(machine->trial.outcome, LB_TRIED_WORKED);
		CHECK(!machine->trial.crashkernel);
		lb_machine_close(machine);
		machine_root_remove(&root);
	}
}

TEST(machine_trial, a_record_that_makes_no_sense_is_refused)
{
	static const char *const texts[] = {"outcome captured\n", "lifeboat drill-record 2\n",
		"lifeboat drill-record 1\n", "lifeboat drill-record 1\noutcome fine\n",
		"lifeboat drill-record 1\noutcome lost\nwhen then\n",
		"lifeboat drill-record 1\noutcome lost\nhost a\n"};

	for (size_t i = 0; i < LB_ARRAY_COUNT(texts); i++) {
		struct machine_root root;

		CHECK(!open_record(&root, texts[i]));
		machine_root_remove(&root);
	}
}
