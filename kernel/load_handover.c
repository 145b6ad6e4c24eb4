/* SPDX-License-Identifier: MIT */
/* load_handover: the stream of records for the capture kernel. */
#include "load_parts.h"

#include "lifeboat/handover.h"

#include "arch.h"
#include "boot.h"
#include "bounce.h"
#include "memory.h"
#include "panic.h"

static void add(struct lb_handover_writer *writer, enum lb_handover_type type, const void *payload,
	size_t bytes)
{
	must(lb_handover_add(writer, type, payload, bytes), "load: handover");
}

void load_handover(void)
{
	struct lb_range place = load_segment_place(LOAD_HANDOVER);
	struct lb_range header = load_segment_place(LOAD_CORE_HEADER);
	struct lb_handover_core_header core = {header.start, lb_range_size(header)};
	struct lb_range given = bounce_given_away();
	const struct lb_handover_range ranges[] = {
		{.start = load.region.start,
			.size = lb_range_size(load.region), .class = LB_RANGE_CRASH},
		{.start = given.start, .size = lb_range_size(given), .class = LB_RANGE_USABLE}};
	struct lb_handover_rsdp rsdp = {boot_info.rsdp};
	struct lb_handover_writer writer;
	size_t bytes;

	must(lb_handover_begin(&writer, phys_pointer(place.start), LOAD_HANDOVER_BYTES,
		     &(struct lb_handover_origin){.generation = 1, .writer = "reference",
			     .address = place.start}), "load: handover");
	add(&writer, LB_HANDOVER_CORE_HEADER, &core, sizeof(core));
	add(&writer, LB_HANDOVER_RANGES, ranges,
		sizeof(ranges) - (lb_range_empty(given) ? sizeof(ranges[1]) : 0));
	if (boot_info.rsdp) {
		add(&writer, LB_HANDOVER_RSDP, &rsdp, sizeof(rsdp));
	}
	bounce_seal(&writer);
	must(lb_handover_finish(&writer, &bytes), "load: handover");
}
