/* SPDX-License-Identifier: MIT */
/*
 * What Linux's kernel/dma/swiotlb.c needs to compile outside the kernel: physical addresses are
 * pointers, locks spin, and what only start-up, debugfs and other pools need is not there. Every
 * header that it includes, but linux/swiotlb.h, is an empty file.
 */
#ifndef LIFEBOAT_TESTS_SWIOTLB_KERNEL_H
#define LIFEBOAT_TESTS_SWIOTLB_KERNEL_H

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t u64;
typedef uint64_t phys_addr_t;
typedef uint64_t dma_addr_t;
typedef unsigned int gfp_t;
typedef struct { volatile int taken; } spinlock_t;
typedef struct { long value; } atomic_long_t;

#define CONFIG_SWIOTLB 1
#define __init
#define __maybe_unused __attribute__((unused))
#define __ro_after_init
#define EXPORT_SYMBOL_GPL(name)
#define early_param(name, function) int (*const shim_##function)(char *) = function
#define pr_info(...) ((void)0)
#define pr_warn(...) ((void)0)
#define pr_warn_once(...) ((void)0)
#define dev_warn_ratelimited(...) ((void)0)
#define dev_warn_once(...) ((void)0)
#define dev_WARN_ONCE(...) ((void)0)
#define dev_dbg_once(...) ((void)0)
#define WARN_ON(condition) (condition)
#define WARN_ON_ONCE(condition) (condition)
#define WARN_ONCE(condition, ...) (condition)
#define VM_WARN_ONCE(...) ((void)0)
#define BUG_ON(condition) ((condition) ? abort() : (void)0)
#define likely(condition) __builtin_expect(!!(condition), 1)
#define unlikely(condition) __builtin_expect(!!(condition), 0)
#define fallthrough __attribute__((fallthrough))
#define READ_ONCE(place) (*(const volatile __typeof__(place) *)&(place))
#define WRITE_ONCE(place, value) (*(volatile __typeof__(place) *)&(place) = (value))
#define IS_ENABLED(option) 0
#define BITS_PER_LONG 64
#define BIT(n) (1UL << (n))
#define PAGE_SHIFT 12
#define PAGE_SIZE 4096UL
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define ALIGN(value, to) (((value) + (to) - 1) & ~((__typeof__(value))(to) - 1))
#define ALIGN_DOWN(value, to) ((value) & ~((__typeof__(value))(to) - 1))
#define PAGE_ALIGN(value) ALIGN(value, PAGE_SIZE)
#define PAGE_ALIGNED(value) (!((value) & (PAGE_SIZE - 1)))
#define PFN_UP(value) (((value) + PAGE_SIZE - 1) >> PAGE_SHIFT)
#define PFN_DOWN(value) ((value) >> PAGE_SHIFT)
#define PFN_PHYS(pfn) ((phys_addr_t)(pfn) << PAGE_SHIFT)
#define DIV_ROUND_UP(a, b) (((a) + (b) - 1) / (b))
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define min_t(type, a, b) ((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define max_t(type, a, b) ((type)(a) > (type)(b) ? (type)(a) : (type)(b))
#define roundup(value, to) (((value) + (to) - 1) / (to) * (to))
#define rounddown(value, to) ((value) / (to) * (to))
#define array_size(a, b) ((size_t)(a) * (b))
#define round_up(value, to) ALIGN(value, to)
#define SMP_CACHE_BYTES 64
#define NUMA_NO_NODE (-1)
#define GFP_KERNEL 0U
#define GFP_NOWAIT 0U
#define __GFP_ZERO 0U
#define __GFP_DMA 1U
#define __GFP_DMA32 2U
#define __GFP_NOWARN 0U
#define __GFP_NORETRY 0U
#define MAX_PAGE_ORDER 10
#define MAX_ORDER 11
#define SZ_64M (64UL << 20)
#define DMA_MAPPING_ERROR (~(dma_addr_t)0)
#define DMA_ATTR_SKIP_CPU_SYNC BIT(5)
#define DMA_ATTR_NO_WARN BIT(8)
#define DMA_ATTR_OVERWRITE BIT(9)
#define CC_ATTR_MEM_ENCRYPT 0
#define CC_ATTR_GUEST_MEM_ENCRYPT 1
#define DMA_BIT_MASK(bits) ((bits) == 64 ? ~0ULL : (1ULL << (bits)) - 1)

enum dma_data_direction { DMA_BIDIRECTIONAL, DMA_TO_DEVICE, DMA_FROM_DEVICE, DMA_NONE };

struct io_tlb_mem;
struct page;
struct dentry;
struct scatterlist;
struct device {
	struct io_tlb_mem *dma_io_tlb_mem;
	unsigned int min_align_mask;
};

/* The CPU that a thread stands for. */
extern _Thread_local int shim_cpu;
#define raw_smp_processor_id() shim_cpu
#define smp_processor_id() shim_cpu
#define num_possible_cpus() 2U
#define is_power_of_2(value) ((value) && !((value) & ((value) - 1)))

static inline unsigned long roundup_pow_of_two(unsigned long value)
{
	return 1UL << (64 - __builtin_clzl(value - 1));
}

static inline void spin_lock_init(spinlock_t *lock)
{
	lock->taken = 0;
}

/* Interrupts are nobody's here: what the kernel pays for them besides is not measured. */
#define spin_lock_irqsave(lock, flags)                                                             \
	do {                                                                                       \
		(flags) = 0;                                                                       \
		while (__atomic_exchange_n(&(lock)->taken, 1, __ATOMIC_ACQUIRE)) {                 \
			while ((lock)->taken) {                                                    \
			}                                                                          \
		}                                                                                  \
	} while (0)
#define spin_unlock_irqrestore(lock, flags)                                                        \
	((void)(flags), __atomic_store_n(&(lock)->taken, 0, __ATOMIC_RELEASE))

#define virt_to_phys(address) ((phys_addr_t)(uintptr_t)(address))
#define phys_to_virt(address) ((void *)(uintptr_t)(address))
#define __pa(address) virt_to_phys(address)
#define __va(address) phys_to_virt(address)
#define phys_to_dma_unencrypted(dev, address) ((dma_addr_t)(address))
#define phys_to_dma(dev, address) ((dma_addr_t)(address))
#define dma_to_phys(dev, address) ((phys_addr_t)(address))
#define dma_capable(dev, address, size, is_ram) true
#define dma_get_mask(dev) DMA_BIT_MASK(64)
#define dma_get_min_align_mask(dev) ((dev)->min_align_mask)
#define dma_get_seg_boundary(dev) (~0UL)
#define dev_is_dma_coherent(dev) true
#define arch_sync_dma_for_device(...) ((void)0)
#define dma_uses_io_tlb(dev) true
#define cc_platform_has(attribute) false
#define set_memory_decrypted(...) 0
#define set_memory_encrypted(...) 0
#define PageHighMem(page) 0
#define pfn_to_page(pfn) ((struct page *)(uintptr_t)(pfn))
#define pfn_valid(pfn) 1
#define kmsan_unpoison_memory(...) ((void)0)
#define trace_swiotlb_bounced(...) ((void)0)
#define get_order(size) 0
#define __get_free_pages(flags, order) 0UL
#define free_pages(...) ((void)0)
#define memblock_alloc(bytes, align) aligned_alloc(align, ALIGN((size_t)(bytes), (size_t)(align)))
#define memblock_alloc_low(bytes, align) memblock_alloc(bytes, align)
#define memblock_free(address, bytes) free(address)
#define memblock_free_late(address, bytes) ((void)0)
#define panic(...) abort()
#define atomic_long_add_return(n, place) ((place)->value += (n))
#define atomic_long_read(place) ((place)->value)
#define simple_strtoul strtoul
#define dma_reset_need_sync(dev) ((void)0)
#define in_hardirq() false

/* debugfs, which 6.1 does without CONFIG_DEBUG_FS too: nobody calls it. */
#define DEFINE_DEBUGFS_ATTRIBUTE(name, get, set, format) static const int name __maybe_unused
#define debugfs_create_dir(...) NULL
#define debugfs_create_ulong(...) ((void)0)
#define debugfs_create_file(...) ((void)0)
#define late_initcall(function) int (*const shim_##function)(void) = (void *)function

static inline bool iommu_is_span_boundary(unsigned int index, unsigned int count,
	unsigned long shift, unsigned long boundary)
{
	return ((shift + index) & (boundary - 1)) + count > boundary;
}

#endif
