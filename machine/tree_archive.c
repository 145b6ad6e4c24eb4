/* SPDX-License-Identifier: MIT */
/* stub */
#include "machine/tree.h"
void tree_load_archive(struct machine_reader *reader, const char *root)
{
	machine_fail(reader, LB_UNSUPPORTED, machine_at_line(root, 0), "archives follow");
}
