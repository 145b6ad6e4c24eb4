/* SPDX-License-Identifier: MIT */
/* log_lines: figures in lines of the boot log that only plans ask for. */
#include <stdio.h>
#include <string.h>

#include "plan/boot/model.h"

bool lb_model_log_memory(const struct lb_machine *machine, const char *word, uint64_t *ret)
{
	for (size_t i = 0; i < machine->log_count; i++) {
		const char *text = machine->log[i].text;
		const char *at;
		uint64_t value = 0;
		uint64_t scale = 1;

		if (strncmp(text, "Memory: ", 8) || !(at = strstr(text, word)) || at < text + 10) {
			continue;
		}
		for (at -= 3; at > text && *at >= '0' && *at <= '9'; at--) {
			value += (uint64_t)(*at - '0') * scale;
			scale *= 10;
			if (scale > UINT64_C(1000000000000)) {
				return false;
			}
		}
		*ret = value * LB_KIB;
		return scale > 1;
	}
	return false;
}

uint64_t lb_model_log_kfence(const struct lb_machine *machine)
{
	static const char line[] = "kfence: initialized - using ";
	unsigned long long bytes;

	for (size_t i = 0; i < machine->log_count; i++) {
		if (!strncmp(machine->log[i].text, line, sizeof(line) - 1) &&
			sscanf(machine->log[i].text + sizeof(line) - 1, "%llu bytes", &bytes) ==
				1) {
			return lb_min(bytes, LB_GIB);
		}
	}
	return 0;
}

bool lb_model_log_total(const struct lb_machine *machine, uint64_t *ret)
{
	for (size_t i = 0; i < machine->log_count; i++) {
		unsigned long long free_kib, total_kib;

		if (sscanf(machine->log[i].text, "Memory: %lluK/%lluK available", &free_kib,
			    &total_kib) == 2) {
			*ret = total_kib * LB_KIB;
			return total_kib < UINT64_MAX / LB_KIB;
		}
	}
	return false;
}
