/* SPDX-License-Identifier: MIT */
/* given_memory: see given_memory.h. */
#include "given_memory.h"

#include "arch.h"
#include "edu.h"
#include "report.h"

static volatile uint64_t *word_at(lb_phys_addr at)
{
	return phys_pointer(at);
}

/* Its own address: cheap, because a device is about to write. */
void given_memory_use(struct lb_range range)
{
	for (lb_phys_addr at = range.start; at < range.end; at += sizeof(uint64_t)) {
		*word_at(at) = at;
	}
}

/* Where a machine is slow they wrote before this kernel did: then nothing was corrupted yet. But
 * nobody has stopped them. */
static size_t devices_write_again(void)
{
	struct edu devices[EDU_DEVICES_MAX];
	size_t count = edu_find(devices);

	for (size_t i = 0; i < count; i++) {
		edu_open(&devices[i]);
		edu_start_again(&devices[i]);
	}
	for (size_t i = 0; i < count; i++) {
		edu_wait(&devices[i]);
	}
	return count;
}

static uint64_t count_changed(struct lb_range range, lb_phys_addr *ret_first)
{
	uint64_t changed = 0;

	*ret_first = range.end;
	for (lb_phys_addr at = range.start; at < range.end; at += sizeof(uint64_t)) {
		if (*word_at(at) != at) {
			*ret_first = changed++ ? *ret_first : at;
		}
	}
	return changed;
}

void given_memory_prove(struct lb_range range)
{
	lb_phys_addr first;
	uint64_t late;
	uint64_t changed;
	size_t devices;

	delay_microseconds(EDU_DRAIN_NANOSECONDS / 1000);
	late = count_changed(range, &first);
	devices = devices_write_again();
	changed = count_changed(range, &first);
	report_pause(LB_DRILL_PAUSE_LATE_WRITES);
	/* More than devices can write: then this kernel never wrote there. */
	report_proof(LB_DRILL_PROOF_NAIVE_CORRUPTS,
		changed && changed <= devices * (EDU_BYTES_MAX / sizeof(uint64_t)),
		"of 0x%llx-0x%llx, which this kernel was given as RAM and had written, %llu words "
		"changed by what was pending at the crash, and %llu when %zu devices, which nobody "
		"had stopped, wrote once more: from 0x%llx on", (unsigned long long)range.start,
		(unsigned long long)range.end - 1, (unsigned long long)late,
		(unsigned long long)changed, devices, (unsigned long long)first);
}
