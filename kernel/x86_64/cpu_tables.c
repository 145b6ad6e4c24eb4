/* SPDX-License-Identifier: MIT */
/* cpu_tables: GDT, IDT, TSS (Intel SDM volume 3A, chapters 3, 6 and 8). Exceptions use the first
 * interrupt stack, the NMI the second: it can arrive inside the handler of a fault. */
#include "cpu_tables.h"


#define GATE_INTERRUPT UINT64_C(0x8e00)
#define NMI_VECTOR 2
#define NMI_STACK_BYTES 8192

struct task_state {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t stacks[7];
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t io_map;
} __attribute__((packed));

struct table_pointer {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

struct gate {
	uint64_t low;
	uint64_t high;
};

extern const char exception_entries[];

static struct gate gates[256];
static struct task_state task_states[CPUS_MAX];
static uint64_t segments[CPUS_MAX][6];
static uint8_t nmi_stacks[CPUS_MAX][NMI_STACK_BYTES] __attribute__((aligned(16)));

static void gate_set(unsigned int vector)
{
	uint64_t entry = (uintptr_t)exception_entries + vector * 16;
	uint64_t stack = vector == NMI_VECTOR ? 2 : 1;

	gates[vector].low = (entry & 0xffff) | (uint64_t)CODE_SELECTOR << 16 | stack << 32 |
		GATE_INTERRUPT << 32 | (entry >> 16 & 0xffff) << 48;
	gates[vector].high = entry >> 32;
}

static void segments_fill(uint64_t table[6], const struct task_state *task)
{
	uint64_t base = (uintptr_t)task;

	table[0] = 0;
	table[1] = 0;
	table[2] = UINT64_C(0x00af9b000000ffff);
	table[3] = UINT64_C(0x00cf93000000ffff);
	table[4] = (sizeof(*task) - 1) | (base & 0xffffff) << 16 | UINT64_C(0x89) << 40 |
		(base >> 24 & 0xff) << 56;
	table[5] = base >> 32;
}

void cpu_tables_load(struct cpu *cpu)
{
	struct task_state *task = &task_states[cpu->index];
	struct table_pointer gdt = {sizeof(segments[0]) - 1, (uintptr_t)segments[cpu->index]};
	struct table_pointer idt = {sizeof(gates) - 1, (uintptr_t)gates};

	for (unsigned int vector = 0; vector < 256; vector++) {
		gate_set(vector);
	}
	task->stacks[0] = cpu->trap_stack_top;
	task->stacks[1] = (uintptr_t)nmi_stacks[cpu->index] + NMI_STACK_BYTES;
	task->io_map = sizeof(*task);
	segments_fill(segments[cpu->index], task);
	__asm__ volatile("lgdt %0" : : "m"(gdt));
	__asm__ volatile("lidt %0" : : "m"(idt));
	__asm__ volatile("ltr %w0" : : "r"(TASK_SELECTOR));
}
