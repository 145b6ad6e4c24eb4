/* SPDX-License-Identifier: MIT */
#include "table_pool.h"

#include "tests/harness/test.h"

uint8_t table_memory[TABLE_POOL_BYTES] __attribute__((aligned(65536)));
struct table_pool table_pool;

const struct table_format table_formats[TABLE_FORMATS] = {
	{LB_PAGES_X86_4LEVEL, 4096, 65536, 2 * LB_MIB, LB_GIB, 0xffff888000000000},
	{LB_PAGES_X86_5LEVEL, 4096, 65536, 2 * LB_MIB, LB_GIB, 0xff11000000000000},
	{LB_PAGES_ARM64_4K, 4096, 65536, 2 * LB_MIB, LB_GIB, 0xffff000000000000},
	{LB_PAGES_ARM64_16K, 16384, 2 * LB_MIB, 32 * LB_MIB, 64 * LB_GIB, 0xffff000000000000},
	{LB_PAGES_ARM64_64K, 65536, 2 * LB_MIB, 512 * LB_MIB, 4 * LB_TIB, 0},
};

void table_pool_reset(uint32_t page_bytes)
{
	__builtin_memset(&table_pool, 0, sizeof(table_pool));
	table_pool.page_bytes = page_bytes;
	table_pool.limit = TABLE_POOL_BYTES / page_bytes;
}

uint32_t table_pool_index(lb_phys_addr table)
{
	return (uint32_t)((table - TABLE_POOL_BASE) / table_pool.page_bytes);
}

static void fill(uint32_t index, uint8_t byte)
{
	__builtin_memset(
		table_memory + index * table_pool.page_bytes, byte, table_pool.page_bytes);
}

static bool take(void *context, lb_phys_addr *ret_table)
{
	uint32_t pages = TABLE_POOL_BYTES / table_pool.page_bytes;

	(void)context;
	for (uint32_t i = 0; i < pages && table_pool.taken < table_pool.limit; i++) {
		if (!table_pool.used[i]) {
			table_pool.used[i] = true;
			table_pool.taken++;
			fill(i, 0xa5);
			*ret_table = TABLE_POOL_BASE + (uint64_t)i * table_pool.page_bytes;
			return true;
		}
	}
	return false;
}

static void give(void *context, lb_phys_addr table)
{
	uint32_t index = table_pool_index(table);

	(void)context;
	CHECK(table_pool.used[index]);
	if (table_pool.on_give) {
		table_pool.on_give(table);
	}
	table_pool.used[index] = false;
	table_pool.taken--;
	fill(index, 0x5a);
}

static void *reach(void *context, lb_phys_addr table)
{
	(void)context;
	LB_ASSERT(table >= TABLE_POOL_BASE && table - TABLE_POOL_BASE < TABLE_POOL_BYTES);
	LB_ASSERT(table_pool.used[table_pool_index(table)]);
	return table_memory + (table - TABLE_POOL_BASE);
}

const struct lb_table_pages table_pages = {.take = take, .give = give, .access = reach};
