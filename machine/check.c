/* SPDX-License-Identifier: MIT */
/* stub */
#include "machine/reader.h"
void machine_cross_check(struct machine_reader *reader)
{
	(void)reader;
}
