/* SPDX-License-Identifier: MIT */
/* drill: see drill.h. */
#include "drill.h"

#include "arch.h"
#include "boot.h"
#include "console.h"
#include "cpu.h"
#include "low_memory.h"
#include "memory.h"
#include "options.h"
#include "paging.h"
#include "report.h"
#include "trap.h"

_Noreturn void drill_run(void)
{
	report_stage("boot");
	memory_init();
	low_memory_settle();
	paging_plan_memory();
	paging_init();
	arch_start_cpus((uint32_t)option_number(boot_info.cmdline, "cpus", 0));
	print("cpus: %u running\n", cpu_count);
	panic("nothing more to do");
}
