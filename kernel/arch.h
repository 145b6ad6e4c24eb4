/* SPDX-License-Identifier: MIT */
/*
 * arch: what the shared half of the kernel asks of x86_64/ and arm64/. Everything else that
 * differs stays in those folders.
 */
#ifndef LIFEBOAT_KERNEL_ARCH_H
#define LIFEBOAT_KERNEL_ARCH_H

#include "lifeboat/base.h"
#include "protocol/drill.h"

#if defined(__x86_64__)
#include "x86_64/layout.h"
#elif defined(__aarch64__)
#include "arm64/layout.h"
#else
#error "the reference kernel knows x86_64 and arm64"
#endif

/* The kernel image: virtual addresses of its parts (kernel.lds), and where it was loaded. */
extern char image_start[], image_text_end[], image_data_start[], image_end[];
extern lb_phys_addr image_phys;

static inline lb_phys_addr image_address_phys(const volatile void *address)
{
	return (uintptr_t)address - (uintptr_t)image_start + image_phys;
}

static inline struct lb_range image_range(void)
{
	return (struct lb_range){image_phys, image_address_phys(image_end)};
}

/* A physical address in the linear map. Before paging.c has switched to its own tables, only what
 * early_map() was given is there. */
static inline void *phys_pointer(lb_phys_addr address)
{
	return (void *)(uintptr_t)(LINEAR_VIRTUAL + address);
}

static inline lb_phys_addr pointer_phys(const volatile void *pointer)
{
	return (uintptr_t)pointer - LINEAR_VIRTUAL;
}

/* Serial port. */
void arch_serial_put(char c);
bool arch_serial_get(char *ret);

/* A counter that never stops, and its frequency. */
uint64_t arch_ticks(void);
uint64_t arch_ticks_per_second(void);

static inline uint64_t ticks_to_microseconds(uint64_t ticks)
{
	uint64_t hertz = arch_ticks_per_second();

	return ticks / hertz * 1000000 + ticks % hertz * 1000000 / hertz;
}

void delay_microseconds(uint64_t microseconds);

/* How the machine ends under QEMU: the code becomes its exit status. */
_Noreturn void arch_exit(enum lb_drill_exit code);

/* Calls function(frame of here, argument): the registers of a CPU that crashes by itself. */
struct frame;
void arch_with_frame(void (*function)(struct frame *frame, void *argument), void *argument);

/* The same, with the pattern in the registers; see panic_with_pattern. function does not return. */
_Noreturn void arch_frame_with_pattern(const uint64_t *pattern, uint64_t *ret_sp,
	void (*function)(struct frame *frame, void *argument), void *argument);

/* This CPU, for ever, without interrupts. */
_Noreturn void arch_stop(void);

/* The same, and not even the interrupt that stops a CPU for a crash gets through any more. */
_Noreturn void arch_stop_deaf(void);

#endif
