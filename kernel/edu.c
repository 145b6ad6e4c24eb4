/* SPDX-License-Identifier: MIT */
/* edu: see edu.h. */
#include "edu.h"

#include "lifeboat/number.h"

#include "arch.h"
#include "boot.h"
#include "early_map.h"
#include "options.h"

#define EDU_ID 0x11e81234u
#define EDU_REGISTER_BYTES LB_MIB
#define EDU_BUFFER UINT64_C(0x40000) /* the device's own address of its buffer */
#define EDU_MASK ((UINT64_C(1) << 28) - 1)
enum { SOURCE = 0x80, DESTINATION = 0x88, COUNT = 0x90, COMMAND = 0x98 };
enum { START = 1, FROM_DEVICE = 2 };
#define PATIENCE_US 3000000

size_t edu_find(struct edu devices[EDU_DEVICES_MAX])
{
	char masks[OPTION_BYTES];
	struct lb_slice list;
	struct lb_slice mask;
	uint64_t number;
	lb_phys_addr last = EDU_MASK;
	pci_function function = 0;
	size_t count = 0;

	option_text(boot_info.cmdline, "edu-mask", masks);
	list = lb_slice_of(masks);
	while (count < EDU_DEVICES_MAX && pci_find(EDU_ID, function, &function)) {
		if (lb_slice_next_item(&list, ',', &mask) && lb_size_parse(mask, &number)) {
			last = number;
		}
		devices[count++] = (struct edu){.function = function++, .last = last};
	}
	return count;
}

void edu_open(struct edu *edu)
{
	lb_phys_addr bar = pci_open(edu->function);

	edu->registers = device_map((struct lb_range){bar, bar + EDU_REGISTER_BYTES});
}

static volatile uint64_t *edu_register(const struct edu *edu, size_t offset)
{
	return (volatile uint64_t *)(volatile void *)(edu->registers + offset);
}

static void start(const struct edu *edu, uint64_t from, uint64_t to, uint64_t bytes, uint64_t how)
{
	LB_ASSERT(bytes <= EDU_BYTES_MAX);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	*edu_register(edu, SOURCE) = from;
	*edu_register(edu, DESTINATION) = to;
	*edu_register(edu, COUNT) = bytes;
	*edu_register(edu, COMMAND) = START | how;
}

void edu_start_to_device(const struct edu *edu, lb_phys_addr from, uint64_t bytes)
{
	start(edu, from, EDU_BUFFER, bytes, 0);
}

void edu_start_from_device(const struct edu *edu, lb_phys_addr to, uint64_t bytes)
{
	start(edu, EDU_BUFFER, to, bytes, FROM_DEVICE);
}

void edu_start_again(const struct edu *edu)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	*edu_register(edu, COMMAND) = START | FROM_DEVICE;
}

bool edu_wait(const struct edu *edu)
{
	uint64_t begin = arch_ticks();

	while (*edu_register(edu, COMMAND) & START) {
		if (ticks_to_microseconds(arch_ticks() - begin) > PATIENCE_US) {
			return false;
		}
		arch_relax();
	}
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return true;
}
