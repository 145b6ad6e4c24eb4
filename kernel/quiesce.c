/* SPDX-License-Identifier: MIT */
/* quiesce: see quiesce.h. */
#include "quiesce.h"

#include "arch.h"
#include "console.h"
#include "crash.h"
#include "pci.h"

struct quiesce_sight quiesce_look(void)
{
	struct quiesce_sight sight = {0};

	for (pci_function function = 0; function < PCI_FUNCTIONS; function++) {
		enum pci_kind kind = pci_kind_of(function);
		bool on = kind != PCI_NOBODY && pci_is_master(function);

		sight.endpoints += kind == PCI_ENDPOINT;
		sight.endpoints_on += on && kind == PCI_ENDPOINT;
		sight.bridges_on += on && kind == PCI_BRIDGE;
		sight.displays_on += on && kind == PCI_DISPLAY;
	}
	return sight;
}

static void stop_endpoints(void)
{
	uint64_t begin = arch_ticks();
	uint32_t stopped = 0;

	for (pci_function function = 0; function < PCI_FUNCTIONS; function++) {
		if (pci_kind_of(function) == PCI_ENDPOINT && pci_is_master(function)) {
			pci_set_master(function, false);
			stopped++;
		}
	}
	print(LB_LINE_CRASH "bus mastering of %u endpoints is off, after %llu us\n", stopped,
		(unsigned long long)ticks_to_microseconds(arch_ticks() - begin));
}

void quiesce_at_crash(void)
{
	for (pci_function function = 0; function < PCI_FUNCTIONS; function++) {
		if (pci_kind_of(function) != PCI_NOBODY) {
			pci_set_master(function, true);
		}
	}
	crash_add_last_step(stop_endpoints);
}
