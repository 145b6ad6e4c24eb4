/* SPDX-License-Identifier: MIT */
/* boot_pool: kernel/dma/swiotlb.c and what calls it; a row of rules for each architecture. */
#include "plan/boot/boot_pool.h"

#include "policy/linux/cmdline.h"
#include "policy/linux/swiotlb.h"

#define PAGE UINT64_C(4096)
#define BYTES_MIN LB_MIB /* IO_TLB_MIN_SLABS */

static bool is_encrypted_guest(const struct lb_pool_question *question)
{
	const struct lb_machine_encryption *encryption = question->encryption;

	return encryption->sev || encryption->sev_es || encryption->sev_snp || encryption->tdx;
}

static bool reaches_beyond(const struct lb_pool_question *question)
{
	return question->ram_end > question->limit;
}

/* One of the comma-separated words of the option begins so. */
static bool option_says(
	const struct lb_pool_question *question, const char *name, const char *word)
{
	struct lb_cmdline line = lb_linux_cmdline(question->cmdline);
	struct lb_cmdline_option option;
	struct lb_slice item;

	while (lb_cmdline_next(&line, &option)) {
		while (lb_slice_is(option.name, name) &&
			lb_slice_next_item(&option.value, ',', &item)) {
			if (lb_slice_begins(item, word)) {
				return true;
			}
		}
	}
	return false;
}

/*
 * max_possible_pfn: RAM, and what drivers/acpi/numa/srat.c finds listed, even beyond mem= and in a
 * capture kernel that was given less (5.10 to 7.3).
 */
static lb_phys_addr possible_end(const struct lb_pool_question *question)
{
	bool reads_list = !option_says(question, "numa", "off") &&
		!option_says(question, "acpi", "off");

	return reads_list ? lb_max(question->ram_end, question->listed_end) : question->ram_end;
}

/* arch/x86/kernel/pci-dma.c, pci_swiotlb_detect and iommu_setup; up to 5.18 pci-swiotlb.c. */
static void decide_x86_64(const struct lb_pool_question *question, struct lb_pool_answer *answer)
{
	answer->sure = true;
	if (is_encrypted_guest(question) || question->encryption->sme) {
		answer->made = true;
		answer->forced = is_encrypted_guest(question);
		answer->why = "memory is encrypted, and devices read only what is shared";
	} else if (option_says(question, "iommu", "soft")) {
		answer->made = true;
		answer->why = "iommu=soft asks for it";
	} else if (possible_end(question) <= question->limit) {
		answer->sure = question->list_seen;
		answer->why = "all RAM is within reach of 32-bit devices";
	} else {
		answer->made = !option_says(question, "iommu", "off");
		answer->why = !answer->made ? "iommu=off leaves it out"
			: reaches_beyond(question)
				? "RAM lies above what 32-bit devices reach"
				: "the firmware lists memory above what 32-bit devices reach";
	}
}

/* arch/x86/mm/mem_encrypt.c, mem_encrypt_setup_arch; 5.11 on. */
static uint64_t preset_x86_64(const struct lb_pool_question *question, const char **ret_source)
{
	if (question->version < LB_LINUX(5, 11, 0) || !is_encrypted_guest(question)) {
		return LB_BOUNCE_POOL_DEFAULT;
	}
	*ret_source = "arch/x86/mm/mem_encrypt.c: 6 % of RAM, 64 MiB to 1 GiB";
	return lb_min(lb_max(question->ram * 6 / 100, LB_BOUNCE_POOL_DEFAULT), LB_GIB);
}

/* arch/arm64/mm/init.c, mem_init; 6.5 on also for small buffers of devices that are not coherent
 * (CONFIG_DMA_BOUNCE_UNALIGNED_KMALLOC). */
static void decide_arm64(const struct lb_pool_question *question, struct lb_pool_answer *answer)
{
	bool small_buffers = question->version >= LB_LINUX(6, 5, 0);

	answer->made = reaches_beyond(question) || small_buffers;
	answer->sure = !question->encryption->realm;
	answer->why = reaches_beyond(question) ? "RAM lies above the DMA limit"
		: small_buffers ? "for small buffers of devices that are not coherent"
				: "all RAM is below the DMA limit";
}

/* 6.7 on: as large as small buffers need, where nothing else does. */
static uint64_t preset_arm64(const struct lb_pool_question *question, const char **ret_source)
{
	if (reaches_beyond(question) || question->version < LB_LINUX(6, 7, 0)) {
		return LB_BOUNCE_POOL_DEFAULT;
	}
	*ret_source = "arch/arm64/mm/init.c: 1 MiB for each GiB of RAM, for small buffers";
	return lb_min(LB_BOUNCE_POOL_DEFAULT, question->ram / 1024 + (question->ram % 1024 != 0));
}

/* arch/riscv/mm/init.c, mem_init. */
static void decide_riscv64(const struct lb_pool_question *question, struct lb_pool_answer *answer)
{
	answer->made = reaches_beyond(question);
	answer->sure = answer->made || question->version < LB_LINUX(6, 7, 0);
	answer->why = answer->made ? "RAM lies above the DMA limit"
				   : "all RAM is below the DMA limit";
}

static uint64_t preset_riscv64(const struct lb_pool_question *question, const char **ret_source)
{
	(void)question;
	(void)ret_source;
	return LB_BOUNCE_POOL_DEFAULT;
}

/* What differs by architecture: whether a pool is made, and what it asks for if nobody says. */
struct rules {
	void (*decide)(const struct lb_pool_question *question, struct lb_pool_answer *answer);
	uint64_t (*preset)(const struct lb_pool_question *question, const char **ret_source);
};

static const struct rules rules[LB_ARCHES] = {
	[LB_ARCH_X86_64] = {decide_x86_64, preset_x86_64},
	[LB_ARCH_ARM64] = {decide_arm64, preset_arm64},
	[LB_ARCH_RISCV64] = {decide_riscv64, preset_riscv64},
};

/* In slots; *ret_source is untouched where it is the default. */
static uint64_t preset_of(const struct lb_pool_question *question, const char **ret_source)
{
	uint64_t bytes = rules[question->arch].preset(question, ret_source);

	return (bytes + LB_SWIOTLB_SLOT_BYTES - 1) / LB_SWIOTLB_SLOT_BYTES;
}

static uint64_t bytes_of(uint64_t slots)
{
	return slots * LB_SWIOTLB_SLOT_BYTES;
}

static void size_it(const struct lb_pool_question *question, const struct lb_swiotlb_words *words,
	struct lb_pool_answer *answer)
{
	const char *source = "kernel/dma/swiotlb.c: the default";
	uint64_t preset = preset_of(question, &source);
	uint64_t planned = lb_swiotlb_planned(words, preset);
	uint64_t slots = lb_swiotlb_slots(words, question->version, preset, question->cpus);

	answer->size = bytes_of(slots);
	answer->source = slots != planned
		? "kernel/dma/swiotlb.c: 256 KiB for each CPU, a power of two"
		: words->slots_told && slots != preset ? "swiotlb= of the command line"
						       : source;
	/* The default has room for 256 CPUs. */
	answer->sure &= question->cpus || words->areas || slots >= LB_SWIOTLB_DEFAULT_SLOTS;
}

struct lb_pool_answer lb_pool_answer_of(const struct lb_pool_question *question)
{
	struct lb_swiotlb_words words = lb_swiotlb_of(question->cmdline, question->version);
	struct lb_pool_answer answer = {.source = "kernel/dma/swiotlb.c"};

	LB_ASSERT(rules[question->arch].decide);
	rules[question->arch].decide(question, &answer);
	if (words.force) {
		answer.made = answer.sure = answer.forced = true;
		answer.why = "swiotlb=force asks for it";
	}
	if (words.noforce) {
		answer.made = answer.forced = false;
		answer.sure = true;
		answer.why = "swiotlb=noforce leaves it out";
	}
	if (answer.made) {
		size_it(question, &words, &answer);
	}
	return answer;
}

/* 0: the machine does not show it. */
static uint64_t possible_cpus(const struct lb_machine *machine)
{
	int shown = machine->cpu.possible ? machine->cpu.possible : machine->cpu.count;

	return shown > 0 ? (uint64_t)shown : 0;
}

static lb_phys_addr listed_end(const struct lb_machine *machine)
{
	lb_phys_addr end = 0;

	for (size_t i = 0; i < machine->acpi.srat_count; i++) {
		end = lb_max(end, machine->acpi.srat[i].range.end);
	}
	return end;
}

struct lb_pool_question lb_pool_question_of(const struct lb_model *model)
{
	return (struct lb_pool_question){.arch = model->arch, .version = model->version,
		.cmdline = model->cmdline, .ram = model->env.system_ram,
		.ram_end = lb_model_span(model).end, .listed_end = listed_end(model->machine),
		.list_seen = lb_machine_has(model->machine, LB_SOURCE_SRAT) ||
			lb_machine_has(model->machine, LB_SOURCE_LOG),
		.limit = model->env.low_max,
		.cpus = possible_cpus(model->machine),
		.encryption = &model->machine->encryption};
}

uint64_t lb_pool_planned(const struct lb_model *model)
{
	struct lb_pool_question question = lb_pool_question_of(model);
	struct lb_swiotlb_words words = lb_swiotlb_of(model->cmdline, model->version);
	const char *source;

	return bytes_of(lb_swiotlb_planned(&words, preset_of(&question, &source)));
}

/* The highest place in the hole for so many bytes, without what was taken; false: none. */
static bool place_in(struct lb_range hole, const struct lb_crash_range *taken, size_t taken_count,
	uint64_t bytes, lb_phys_addr *ret)
{
	lb_phys_addr end = lb_align_down(hole.end, PAGE);

	while (end >= hole.start && end - hole.start >= bytes) {
		struct lb_range place = {lb_align_down(end - bytes, PAGE), end};
		bool free = place.start >= hole.start;

		for (size_t i = 0; i < taken_count; i++) {
			if (lb_range_overlaps(place, taken[i].range)) {
				end = lb_align_down(taken[i].range.start, PAGE);
				free = false;
			}
		}
		if (free) {
			*ret = place.start;
			return true;
		}
		if (end == place.end) {
			return false;
		}
	}
	return false;
}

static struct lb_range highest_place(const struct lb_memory_map *map,
	const struct lb_crash_range *taken, size_t taken_count, lb_phys_addr limit, uint64_t bytes)
{
	struct lb_range found = {0, 0};
	struct lb_memory_cursor cursor = {0};
	struct lb_region region;

	while (lb_memory_map_next_free(map, &cursor, &region)) {
		struct lb_range hole =
			lb_range_intersect(region.range, (struct lb_range){PAGE, limit});
		lb_phys_addr start;

		if (!lb_range_empty(hole) &&
			place_in(hole, taken, taken_count, bytes, &start) && start >= found.start) {
			found = (struct lb_range){start, start + bytes};
		}
	}
	return found;
}

struct lb_range lb_pool_place(const struct lb_memory_map *map, const struct lb_crash_range *taken,
	size_t taken_count, const struct lb_pool_question *question, uint64_t bytes)
{
	bool halves = question->version >= LB_LINUX(5, 19, 0);
	struct lb_range place = {0, 0};

	while (bytes) {
		place = highest_place(map, taken, taken_count, question->limit, bytes);
		if (!lb_range_empty(place) || !halves || bytes <= BYTES_MIN) {
			return place;
		}
		/* A whole number of segments. */
		bytes = (bytes / 2 + 256 * LB_KIB - 1) & ~(256 * LB_KIB - 1);
	}
	return place;
}
