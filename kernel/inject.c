/* SPDX-License-Identifier: MIT */
/* inject: see inject.h. */
#include "inject.h"

#include "arch.h"
#include "console.h"
#include "cpu.h"
#include "load.h"
#include "paging.h"
#include "text.h"
#include "trap.h"

static const char *const kinds[] = {"panic", "nmi", "wild-write", "stack-overflow", "stuck-cpu",
	"lost-cpu", "second-cpu", "corrupt"};

bool inject_known(const char *kind)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(kinds); i++) {
		if (text_equal(kind, kinds[i])) {
			return true;
		}
	}
	return false;
}

__attribute__((noinline)) static uint64_t overflow(volatile uint64_t *from_caller)
{
	volatile uint64_t frame[64];

	frame[0] = *from_caller + 1;
	return frame[0] ? overflow(frame) + frame[0] : 0;
}

static void overflow_here(void *argument)
{
	(void)argument;
	overflow(&(volatile uint64_t){0});
}

static uint32_t reached;

/* The other CPU has begun; what it does after this takes it less than the delay. */
static void wait_until_reached(void)
{
	while (!__atomic_load_n(&reached, __ATOMIC_ACQUIRE)) {
		arch_relax();
	}
	delay_microseconds(20000);
}

/* Interrupts off, registers known, and no way out but the interrupt that stops a CPU. */
static void stuck(void *argument)
{
	static void (*volatile never)(void *);

	(void)argument;
	arch_interrupts(false);
	__atomic_store_n(&reached, 1, __ATOMIC_RELEASE);
	arch_wait_with_pattern(this_cpu()->pattern, &never);
}

/* Not even that one: the CPU is out of reach for software. */
static void lost(void *argument)
{
	(void)argument;
	__atomic_store_n(&reached, 1, __ATOMIC_RELEASE);
	arch_stop_deaf();
}

static void panic_here(void *argument)
{
	(void)argument;
	panic("asked for, on cpu %u", this_cpu()->index);
}

static struct cpu *other_cpu(void)
{
	if (cpu_count < 2) {
		panic("this fault needs a second CPU; crashing anyway");
	}
	return &cpus[1];
}

/* One flipped bit in the loaded image, as a wild DMA would leave it. */
static void corrupt(struct lb_range region)
{
	volatile uint8_t *victim = phys_pointer(load_segment_place(LOAD_KERNEL).start + 12345);
	enum lb_status status = lb_linear_map_unprotect(&paging, region);

	if (status == LB_OK) {
		*victim ^= 0x10;
		status = lb_linear_map_protect(&paging, region, LB_PROTECT_INACCESSIBLE);
	}
	print("inject: one bit at 0x%llx flipped: %s\n",
		(unsigned long long)pointer_phys(victim), lb_status_text(status));
}

_Noreturn void inject(const char *kind, struct lb_range region)
{
	print("inject: %s\n", kind);
	if (text_equal(kind, "nmi")) {
		arch_interrupt_self();
		delay_microseconds(1000000);
	} else if (text_equal(kind, "wild-write")) {
		*(volatile uint64_t *)phys_pointer(region.start + 0x1000) = 0;
	} else if (text_equal(kind, "stack-overflow")) {
		overflow_here(NULL);
	} else if (text_equal(kind, "stuck-cpu")) {
		cpu_start_work(other_cpu(), stuck, NULL);
		wait_until_reached();
	} else if (text_equal(kind, "lost-cpu")) {
		cpu_start_work(other_cpu(), lost, NULL);
		wait_until_reached();
	} else if (text_equal(kind, "second-cpu")) {
		cpu_start_work(other_cpu(), panic_here, NULL);
		delay_microseconds(1000000);
	} else if (text_equal(kind, "corrupt")) {
		corrupt(region);
	}
	panic("asked for (%s)", kind);
}
