/* SPDX-License-Identifier: MIT */
/*
 * pattern: values that can be told again without being stored. What crashes fills pages all over
 * memory and the registers of its CPUs with them, and leaves a table of where; what captures knows
 * only the seed, and says whether they survived. A reference kernel leads to its table by the word
 * LIFEBOAT_PATTERN in VMCOREINFO, a Linux in the lab by lifeboat.pattern= on the command line.
 */
#ifndef LIFEBOAT_PROTOCOL_PATTERN_H
#define LIFEBOAT_PROTOCOL_PATTERN_H

#include "lifeboat/base.h"

#define LB_PATTERN_MAGIC UINT64_C(0x7461706f6265666c)
#define LB_PATTERN_PAGES_MAX 128
#define LB_PATTERN_PAGE UINT64_C(4096)
#define LB_PATTERN_CPU_WORDS 26 /* registers that a CPU has to spare, at most */
#define LB_PATTERN_KNOWN_MAX 8

#define LB_PATTERN_CPUS_MAX 16

/*
 * Which these are, as indices into the registers of a core file's note, then the program counter
 * and the stack pointer. x86-64: rbx, r12 to r15, rbp, r8, r9, which outlive the way into a panic,
 * then r10, r11, rcx, rsi, rax; rip, rsp. arm64: x19 to x29, x3 to x8, x10 to x18; pc, sp.
 */
struct lb_pattern_places {
	uint8_t words[LB_PATTERN_CPU_WORDS];
	uint8_t count;      /* of a CPU that waits */
	uint8_t panicking;  /* of one that panics: so many of these */
	uint8_t pc;
	uint8_t sp;
	uint8_t registers; /* that a note has */
};
#define LB_PATTERN_PLACES_X86_64                                                                 \
	((struct lb_pattern_places){{5, 3, 2, 1, 0, 4, 9, 8, 7, 6, 11, 13, 10}, 13, 8, 16, 19, 27})
#define LB_PATTERN_PLACES_ARM64                                                                  \
	((struct lb_pattern_places){                                                             \
		{19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13,   \
			14, 15, 16, 17, 18}, 26, 26, 32, 31, 34})

/* A register, or a part of one, whose value is known, but not from the seed. */
struct lb_pattern_known {
	uint16_t place; /* index into the note's registers */
	uint16_t bits;  /* so many are known: 1 to 64, */
	uint32_t from;  /* from this one on, counted from the lowest */
	uint64_t value; /* of these bits */
};

/* What is known of a CPU's registers before the crash. Virtual addresses. */
struct lb_pattern_cpu {
	uint64_t pc_first; /* it runs between these, inclusive */
	uint64_t pc_last;
	uint64_t sp;       /* its stack pointer is this, or as much less */
	uint64_t sp_room;
	/* So many spare registers hold lb_pattern_register(), and the first of these words stands
	 * where sp points, too. 0: none does. */
	uint64_t words;
	uint64_t known_count;
	struct lb_pattern_known known[LB_PATTERN_KNOWN_MAX];
};

/* In old memory. */
struct lb_pattern_table {
	uint64_t magic;
	uint64_t seed;
	uint64_t page_count;
	uint64_t cpu_count;
	uint64_t crash_cpu;
	uint64_t crash_ticks;  /* the machine's counter when the crash began; 0: not known */
	uint64_t expected_cpus; /* bit n: CPU n can be stopped, and must have a note */
	struct lb_pattern_cpu cpus[LB_PATTERN_CPUS_MAX]; /* only a reference kernel knows */
	uint64_t pages[LB_PATTERN_PAGES_MAX]; /* physical addresses */
};
_Static_assert(sizeof(struct lb_pattern_table) <= LB_PATTERN_PAGE, "a page has room for it");

/* The finaliser of splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
 * generators, 2014): every bit of the input changes about half of the output. */
static inline uint64_t lb_pattern_mix(uint64_t value)
{
	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	return value ^ value >> 31;
}

/* The word that belongs at a physical address. */
static inline uint64_t lb_pattern_word(uint64_t seed, lb_phys_addr address)
{
	return lb_pattern_mix(seed + lb_pattern_mix(address));
}

/* Byte i of the message that a device is made to hold, by a seed of its own: the pattern of
 * addresses that exist nowhere. */
static inline uint8_t lb_pattern_message(uint64_t device, size_t i)
{
	return (uint8_t)lb_pattern_word(device, UINT64_MAX - i);
}

/* The word that belongs in register `index` of a CPU that waits. */
static inline uint64_t lb_pattern_register(uint64_t seed, uint32_t cpu, uint32_t index)
{
	return lb_pattern_mix(
		seed ^ lb_pattern_mix(UINT64_C(0x8000000000000000) | (uint64_t)cpu << 8 | index));
}

/* Fills a page, given as its words and its physical address. */
static inline void lb_pattern_fill(uint64_t seed, uint64_t *words, lb_phys_addr page)
{
	for (size_t i = 0; i < LB_PATTERN_PAGE / 8; i++) {
		words[i] = lb_pattern_word(seed, page + i * 8);
	}
}

/* True if the page still holds it. */
static inline bool lb_pattern_matches(uint64_t seed, const uint64_t *words, lb_phys_addr page)
{
	for (size_t i = 0; i < LB_PATTERN_PAGE / 8; i++) {
		if (words[i] != lb_pattern_word(seed, page + i * 8)) {
			return false;
		}
	}
	return true;
}

/* True if these registers, in the order of a core file, are those that CPU `cpu` must have. */
static inline bool lb_pattern_cpu_matches(const struct lb_pattern_table *table, uint32_t cpu,
	const uint64_t *registers, const struct lb_pattern_places *places)
{
	const struct lb_pattern_cpu *known = &table->cpus[cpu];
	uint64_t pc = registers[places->pc];
	uint64_t sp = registers[places->sp];

	for (uint32_t i = 0; i < known->words && i < places->count; i++) {
		if (registers[places->words[i]] != lb_pattern_register(table->seed, cpu, i)) {
			return false;
		}
	}
	for (uint32_t i = 0; i < known->known_count && i < LB_PATTERN_KNOWN_MAX; i++) {
		const struct lb_pattern_known *one = &known->known[i];

		if (one->place >= places->registers || one->bits < 1 || one->bits > 64 ||
			one->from > 63 ||
			(registers[one->place] >> one->from ^ one->value) << (64 - one->bits)) {
			return false;
		}
	}
	return pc >= known->pc_first && pc <= known->pc_last && sp <= known->sp &&
		known->sp - sp <= known->sp_room;
}

#endif
