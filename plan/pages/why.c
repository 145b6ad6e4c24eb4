/* SPDX-License-Identifier: MIT */
/* why: sentences over sums. */
#include "plan/pages/why.h"

#include "lifeboat/cmdline.h"
#include "plan/words.h"
#include "policy/linux/version.h"

struct writer {
	struct lb_pages *pages;
	struct lb_arena *arena;
	bool failed;
};

static void add(struct writer *writer, const char *text)
{
	struct lb_pages *pages = writer->pages;

	writer->failed |= !text;
	if (text && pages->why_count < LB_ARRAY_COUNT(pages->why)) {
		pages->why[pages->why_count++] = text;
	}
}

static uint64_t in_base_pages(const struct lb_pages *pages)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < pages->ram.kind_count; i++) {
		const struct lb_page_kind *kind = &pages->ram.kinds[i];

		bytes += kind->block == pages->page_size ? kind->bytes : 0;
	}
	return bytes;
}

/* The last word rodata= of the command line that is known; NULL: none. */
static const char *rodata_of(const struct lb_machine *machine, struct lb_arena *arena)
{
	struct lb_cmdline_option option;
	struct lb_cmdline line;

	if (!machine || !machine->boot.cmdline) {
		return NULL;
	}
	line = (struct lb_cmdline){lb_slice_of(machine->boot.cmdline), LB_CMDLINE_PLAIN};
	if (!lb_cmdline_find(line, "rodata", &option)) {
		return NULL;
	}
	return lb_arena_printf(
		arena, "rodata=%.*s", (int)lb_min(option.value.length, 32), option.value.at);
}

/*
 * arm64 maps memory with base pages where the rights of single pages are to change in it:
 * rodata=full (the default), debug_pagealloc, KFENCE where it starts late, realms; from 6.18 on
 * only on CPUs without FEAT_BBM level 2 (arch/arm64/mm/mmu.c, map_mem; up to 6.3 crashkernel= too).
 */
static void explain_arm64(struct writer *writer, const struct lb_machine *machine)
{
	const struct lb_pages *pages = writer->pages;
	const char *rodata = rodata_of(machine, writer->arena);
	uint32_t version = 0;

	(void)!lb_linux_version_parse(pages->release, &version);
	if (in_base_pages(pages) <= pages->ram.bytes / 2) {
		return;
	}
	add(writer, lb_arena_printf(writer->arena,
			    "base pages nearly everywhere: the kernel wants to change the rights "
			    "of single pages (%s; it is the default, and debug_pagealloc and "
			    "KFENCE do it, too)",
			    rodata ? rodata : "rodata=full"));
	if (version && version < LB_LINUX(6, 4, 0)) {
		add(writer, "up to 6.3 crashkernel= alone does it, whatever rodata= says");
	}
	add(writer, "rodata=noalias, on kernels that do not know that word rodata=on, lets it use "
		    "blocks, and leaves read-only code writable at its second address");
}

static void explain_x86_64(struct writer *writer)
{
	uint64_t base = in_base_pages(writer->pages);

	if (base) {
		add(writer, lb_arena_printf(writer->arena,
				    "%s in base pages: the first 2 MiB, the ends of memory, and "
				    "where rights were changed (text, modules, BPF, set_memory)",
				    lb_size_text(base).text));
	}
}

static void explain_cost(struct writer *writer)
{
	const struct lb_pages *pages = writer->pages;

	if (!pages->least_bytes || pages->table_bytes <= pages->least_bytes) {
		return;
	}
	add(writer, lb_arena_printf(writer->arena,
			    "its tables take %s; with the largest blocks that fit it would be %s, "
			    "with base pages only %s",
			    lb_size_text(pages->table_bytes).text,
			    lb_size_text(pages->least_bytes).text,
			    lb_size_text(pages->most_bytes).text));
}

static void explain_encryption(struct writer *writer)
{
	const struct lb_pages *pages = writer->pages;

	if (pages->encryption) {
		add(writer, lb_arena_printf(writer->arena,
				    "memory encryption: %s of RAM are mapped without it, shared "
				    "with devices or the hypervisor; each border splits a block",
				    lb_size_text(pages->ram.shared).text));
	}
}

/*
 * What a loaded capture kernel is protected with (arch_kexec_protect_crashkres()). x86-64 makes all
 * read-only but the pages that kexec itself needs (arch/x86/kernel/machine_kexec_64.c); arm64 up to
 * 6.3 unmaps what was loaded (arch/arm64/kernel/machine_kexec.c); others do nothing.
 */
static const char *protection_of(const struct lb_mapped *mapped)
{
	if (mapped->read_only && mapped->bytes - mapped->read_only <= 64 * LB_KIB) {
		return "is read-only: a capture kernel is loaded, and a stray write to it is a "
		       "fault";
	}
	if (mapped->unmapped) {
		return "is not mapped where a capture kernel is loaded, which no stray write can "
		       "damage then";
	}
	return mapped->read_only ? "is protected in part"
				 : "is writable like all memory: a stray write can damage a loaded "
				   "capture kernel, and purgatory's digest finds it";
}

static void explain_crash(struct writer *writer)
{
	const struct lb_pages *pages = writer->pages;

	for (size_t i = 0; i < pages->crash_count; i++) {
		add(writer, lb_arena_printf(writer->arena, "crash memory at 0x%llx %s",
				    (unsigned long long)pages->crash[i].crash.range.start,
				    protection_of(&pages->crash[i].mapped)));
	}
}

enum lb_status lb_pages_explain(
	struct lb_pages *pages, const struct lb_machine *machine, struct lb_arena *arena)
{
	struct writer writer = {.pages = pages, .arena = arena};

	if (pages->arch == LB_ARCH_ARM64) {
		explain_arm64(&writer, machine);
	} else {
		explain_x86_64(&writer);
	}
	explain_cost(&writer);
	explain_encryption(&writer);
	explain_crash(&writer);
	return writer.failed ? LB_NO_STORAGE : LB_OK;
}
