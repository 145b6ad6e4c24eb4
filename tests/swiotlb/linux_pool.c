/* SPDX-License-Identifier: MIT */
/* linux_pool: built together with a kernel/dma/swiotlb.c that nobody has changed. */
#include "tests/swiotlb/linux_pool.h"

#include <linux/swiotlb.h>

_Thread_local int shim_cpu;

static struct device device;

bool linux_pool_init(void)
{
	swiotlb_init(true, 0);
	swiotlb_dev_init(&device);
	return device.dma_io_tlb_mem && device.dma_io_tlb_mem->nslabs;
}

void linux_pool_on_cpu(int cpu)
{
	shim_cpu = cpu;
}

uint64_t linux_pool_map(const void *bytes, size_t size, bool from_device)
{
	dma_addr_t address = swiotlb_map(&device, (uintptr_t)bytes, size,
		from_device ? DMA_FROM_DEVICE : DMA_TO_DEVICE, DMA_ATTR_NO_WARN);

	return address == DMA_MAPPING_ERROR ? 0 : address;
}

void linux_pool_unmap(uint64_t address, size_t size, bool from_device)
{
	swiotlb_tbl_unmap_single(&device, address, size,
		from_device ? DMA_FROM_DEVICE : DMA_TO_DEVICE, 0);
}
