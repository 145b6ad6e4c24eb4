/* SPDX-License-Identifier: MIT */
/* stub */
#include "machine/tree.h"
void tree_load_live(struct machine_reader *reader)
{
	(void)reader;
}
