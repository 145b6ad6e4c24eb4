/* SPDX-License-Identifier: MIT */
/*
 * modules: what is loaded now. proc/modules (kernel/module/procfs.c): "mlx5_core 1724416 1 mlx5_ib,
 * Live 0xffffffffc0a00000"; lsmod prints the same three columns below a heading.
 */
#include <string.h>

#include "machine/reader.h"
#include "machine/text.h"

#define NAME_MAX_BYTES 56 /* MODULE_NAME_LEN, 64-bit */
#define SIZE_MAX_BYTES LB_GIB

static bool parse(struct machine_reader *reader, const char *line, struct lb_module *ret)
{
	size_t length = strcspn(line, " \t");
	const char *at = line + length;

	if (!length || length > NAME_MAX_BYTES || !*at) {
		return false;
	}
	text_skip_blanks(&at);
	if (!text_decimal(&at, &ret->bytes) || (*at && *at != ' ' && *at != '\t') ||
		ret->bytes > SIZE_MAX_BYTES) {
		return false;
	}
	ret->name = machine_text(reader, line, length);
	return true;
}

void machine_read_modules(struct machine_reader *reader, struct machine_file *file)
{
	struct lb_machine *machine = reader->machine;
	unsigned int number = 0;
	char *at = file->data;
	char *line;

	while (reader->status == LB_OK && text_next_line(&at, file->data + file->size, &line)) {
		struct lb_module module;

		number++;
		if (!*line || (number == 1 && text_starts(line, "Module"))) {
			continue;
		}
		if (!parse(reader, line, &module)) {
			machine_remark(reader, machine_at_line(file->path, number),
				"expected \"NAME SIZE ...\": the list of modules is left aside");
			machine->modules = NULL;
			machine->modules_count = 0;
			return;
		}
		MACHINE_APPEND(reader, machine->modules, {module.name, module.bytes});
	}
	if (machine->modules_count) {
		machine_found(reader, LB_SOURCE_MODULES);
	}
}
