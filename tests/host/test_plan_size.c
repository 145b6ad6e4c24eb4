/* SPDX-License-Identifier: MIT */
/*
 * How much crash memory is needed: held against the smallest amounts of memory in which real
 * kernels came up (docs/size.md), and what command line, initrd and machine must change in it.
 */
#include <stdio.h>
#include <string.h>

#include "../harness/test.h"
#include "machine_root.h"
#include "plan/size/recommend.h"
#include "plan/size/size.h"
#include "plan/size/wrapper.h"

#define LOG                                                                                      \
	"Linux version 6.1.0-50-amd64 (x) #1 SMP Debian 6.1.176-1\n"                              \
	"Command line: console=ttyS0 nokaslr\n"                                                   \
	"BIOS-provided physical RAM map:\n"                                                       \
	"BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n"                         \
	"BIOS-e820: [mem 0x0000000000100000-0x00000000bffdffff] usable\n"                         \
	"BIOS-e820: [mem 0x0000000100000000-0x00000001bfffffff] usable\n"                         \
	"setup_percpu: NR_CPUS:8192 nr_cpumask_bits:8 nr_cpu_ids:8 nr_node_ids:1\n"               \
	"Memory: 6000000K/6290936K available (16384K kernel code, 2500K rwdata, 9000K rodata, "   \
	"3000K init, 5000K bss, 290000K reserved, 0K cma-reserved)\n"

/* Debian's 6.1 kernel for x86-64, and an initrd with one program. */
static const struct lb_capture_kernel kernel_6_1 = {
	.kind = LB_KERNEL_IMAGE_BZIMAGE,
	.arch = LB_ARCH_X86_64,
	.release = "6.1.0-50-amd64",
	.file_bytes = 8247232,
	.load_bytes = 66682880,
	.load_align = 2 * LB_MIB,
	.resident_bytes = 60817408,
	.resident_known = true,
	.page_size = 4096,
	.load_source = "header",
	.resident_source = "segments",
};
static const struct lb_initrd small_initrd = {
	.packed = 330969,
	.unpacked = 763392,
	.archives = 1,
	.entries = 3,
	.data = 762736,
	.data_in_pages = 765952,
};

struct sized {
	struct lb_machine *machine;
	struct lb_size *size;
	enum lb_status status;
	struct lb_size_error error;
};

static struct sized size_of(const struct lb_capture_kernel *kernel,
	const struct lb_initrd *initrd, const struct lb_drivers *drivers, const char *append)
{
	struct sized sized = {.machine = machine_of_log(LOG)};
	struct lb_size_input input = {.machine = sized.machine,
		.kernel = kernel,
		.initrd = initrd,
		.drivers = drivers,
		.append = append};

	LB_ASSERT(sized.machine);
	sized.status = lb_size_make(&input, &sized.size, &sized.error);
	return sized;
}

static void done(struct sized *sized)
{
	if (sized->status == LB_OK) {
		lb_size_free(sized->size);
	}
	lb_machine_close(sized->machine);
}

static const struct lb_size_term *term(const struct lb_size *size, const char *name)
{
	for (size_t i = 0; i < size->term_count; i++) {
		if (!strcmp(size->terms[i].name, name)) {
			return &size->terms[i];
		}
	}
	return NULL;
}

static uint64_t most(const struct lb_size *size, const char *name)
{
	const struct lb_size_term *found = term(size, name);

	return found ? found->at_most : 0;
}

/* The smallest memory in MiB with which it came up in QEMU, in steps of 4 (docs/size.md). */
struct measured {
	uint64_t load, resident, packed, in_pages, smallest;
	const char *append;
};
static const struct measured measurements[] = {
	{66682880, 60817408, 330969, 765952, 84, "nr_cpus=1"},
	{66682880, 60817408, 17114739, 17543168, 112, "nr_cpus=1"},
	{53968896, 48234496, 330969, 765952, 72, "nr_cpus=1"},
	{53968896, 48234496, 42288264, 42708992, 172, "nr_cpus=4"},
	{53968896, 48234496, 42288264, 42708992, 152, "nr_cpus=4 root=/dev/ram0"},
};

TEST(plan_size, real_kernels_need_no_more_and_no_less_than_the_range)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(measurements); i++) {
		const struct measured *measured = &measurements[i];
		struct lb_capture_kernel kernel = kernel_6_1;
		struct lb_initrd initrd = small_initrd;
		struct sized sized;

		kernel.load_bytes = measured->load;
		kernel.resident_bytes = measured->resident;
		initrd.packed = measured->packed;
		initrd.data_in_pages = measured->in_pages;
		sized = size_of(&kernel, &initrd, NULL, measured->append);
		REQUIRE(sized.status == LB_OK);
		CHECK(sized.size->total.at_least <= measured->smallest * LB_MIB);
		CHECK(sized.size->total.at_most >= measured->smallest * LB_MIB);
		CHECK(10 * sized.size->total.at_most <= 16 * measured->smallest * LB_MIB);
		done(&sized);
	}
}

TEST(plan_size, sums_are_those_of_the_terms_and_the_largest_moment_counts)
{
	struct sized sized = size_of(&kernel_6_1, &small_initrd, NULL, NULL);

	REQUIRE(sized.status == LB_OK);
	for (int moment = 0; moment < LB_SIZE_MOMENTS; moment++) {
		struct lb_size_sum sum = {0};

		for (size_t i = 0; i < sized.size->term_count; i++) {
			const struct lb_size_term *each = &sized.size->terms[i];

			CHECK(each->at_least <= each->at_most && each->at_most > 0);
			CHECK(*each->source && *each->formula && each->moments);
			if (each->moments & (1U << moment)) {
				sum.at_least += each->at_least;
				sum.at_most += each->at_most;
			}
		}
		CHECK_EQUAL(sized.size->moments[moment].at_least, sum.at_least);
		CHECK_EQUAL(sized.size->moments[moment].at_most, sum.at_most);
		CHECK(sized.size->total.at_most >= sum.at_most);
	}
	CHECK_EQUAL(sized.size->total.at_most, sized.size->moments[LB_AT_DUMP].at_most);
	done(&sized);
}

TEST(plan_size, maxcpus_spares_nothing_and_the_smallest_nr_cpus_counts)
{
	static const struct {
		const char *append;
		uint64_t cpus;
	} cases[] = {{"", 8}, {"maxcpus=1", 8}, {"nr_cpus=1", 1}, {"nr_cpus=4 nr_cpus=2", 2},
		{"nr_cpus=2 nr_cpus=4", 2}, {"nr_cpus=64", 8}, {"nr_cpus=0", 8}, {"nr_cpus=x", 8}};

	for (size_t i = 0; i < LB_ARRAY_COUNT(cases); i++) {
		struct sized sized = size_of(&kernel_6_1, &small_initrd, NULL, cases[i].append);

		REQUIRE(sized.status == LB_OK);
		CHECK_EQUAL(sized.size->options.cpus, cases[i].cpus);
		CHECK_EQUAL(most(sized.size, "per-CPU areas"), cases[i].cpus * LB_MIB);
		done(&sized);
	}
}

TEST(plan_size, a_real_kernel_of_arm64_needs_no_more_and_no_less_either)
{
	struct lb_machine *machine = machine_of_log(
		"Linux version 6.1.0-50-cloud-arm64 (x) #1 SMP Debian 6.1.176-1\n"
		"Machine model: linux,dummy-virt\n"
		"Memory: 1946460K/2097152K available (12096K kernel code, 2022K rwdata, 7824K "
		"rodata, 4608K init, 588K bss, 82120K reserved, 0K cma-reserved)\n");
	struct lb_capture_kernel kernel = kernel_6_1;
	struct lb_initrd initrd = small_initrd;
	struct lb_size_input input = {.machine = machine,
		.kernel = &kernel,
		.initrd = &initrd,
		.append = "nr_cpus=1"};
	struct lb_size_error error;
	struct lb_size *size;

	REQUIRE(machine != NULL);
	kernel.arch = LB_ARCH_ARM64;
	kernel.load_bytes = kernel.resident_bytes = 27983872;
	initrd.packed = 14716;
	initrd.data_in_pages = 28672;
	REQUIRE(lb_size_make(&input, &size, &error) == LB_OK);
	CHECK(size->total.at_least <= 52 * LB_MIB);
	CHECK(size->total.at_most >= 52 * LB_MIB);
	CHECK(10 * size->total.at_most <= 16 * 52 * LB_MIB);
	lb_size_free(size);
	lb_machine_close(machine);
}

/* What "left unused by tmpfs" comes to at most, for 100 MiB of files. */
static uint64_t unused(const char *release, const char *append)
{
	struct lb_capture_kernel kernel = kernel_6_1;
	struct lb_initrd initrd = small_initrd;
	struct sized sized;
	uint64_t bytes;

	snprintf(kernel.release, sizeof(kernel.release), "%s", release);
	initrd.data_in_pages = 100 * LB_MIB;
	sized = size_of(&kernel, &initrd, NULL, append);
	LB_ASSERT(sized.status == LB_OK);
	bytes = most(sized.size, "left unused by tmpfs");
	done(&sized);
	return bytes;
}

/* The same for a kernel of arm64, and MiB of files. */
static uint64_t unused_on_arm64(uint64_t mib, const char *append)
{
	struct lb_machine *machine = machine_of_log("Linux version 6.1.0-50-arm64 (x) #1\n");
	struct lb_capture_kernel kernel = kernel_6_1;
	struct lb_initrd initrd = small_initrd;
	struct lb_size_input input = {.machine = machine, .kernel = &kernel, .initrd = &initrd,
		.append = append};
	struct lb_size_error error;
	struct lb_size *size;
	uint64_t bytes;

	kernel.arch = LB_ARCH_ARM64;
	initrd.data_in_pages = mib * LB_MIB;
	LB_ASSERT(machine && lb_size_make(&input, &size, &error) == LB_OK);
	bytes = most(size, "left unused by tmpfs");
	lb_size_free(size);
	lb_machine_close(machine);
	return bytes;
}

/* Memory that arm64 kernels keep for contiguous buffers is no part of what tmpfs takes half of;
 * where there is no room for it, they keep none. */
TEST(plan_size, tmpfs_does_not_count_what_is_kept_for_contiguous_buffers)
{
	CHECK_EQUAL(unused_on_arm64(100, "nr_cpus=1 cma=0"), 92 * LB_MIB);
	/* 200 MiB and CMA's 64, of which the files, their entries and at most 22 MiB are used. */
	CHECK_EQUAL(unused_on_arm64(100, "nr_cpus=1"), 142 * LB_MIB - 3 * LB_KIB);
	CHECK_EQUAL(unused_on_arm64(100, "nr_cpus=1 cma=128M"), 206 * LB_MIB - 3 * LB_KIB);
	CHECK_EQUAL(unused_on_arm64(2, "nr_cpus=1"), 0);
	CHECK_EQUAL(unused("6.1.0", "nr_cpus=1 cma=64M"), 136 * LB_MIB - 3 * LB_KIB);
}

TEST(plan_size, kfence_and_the_window_that_unpacking_takes_count_where_they_are)
{
	struct lb_capture_kernel kernel = kernel_6_1;
	struct lb_initrd initrd = small_initrd;
	struct sized sized;

	initrd.unpacking = 64 * LB_MIB;
	sized = size_of(&kernel, &initrd, NULL, "nr_cpus=1");
	REQUIRE(sized.status == LB_OK && term(sized.size, "unpacking the initrd"));
	CHECK(term(sized.size, "KFENCE"));
	CHECK_EQUAL(term(sized.size, "unpacking the initrd")->at_least, 60 * LB_MIB);
	CHECK_EQUAL(term(sized.size, "unpacking the initrd")->at_most, 65 * LB_MIB);
	CHECK(sized.size->moments[LB_AT_UNPACK].at_least > 120 * LB_MIB);
	done(&sized);
	snprintf(kernel.release, sizeof(kernel.release), "5.10.0");
	sized = size_of(&kernel, &small_initrd, NULL, "nr_cpus=1");
	REQUIRE(sized.status == LB_OK);
	CHECK(!term(sized.size, "KFENCE"));
	CHECK(!term(sized.size, "unpacking the initrd"));
	done(&sized);
}

TEST(plan_size, tmpfs_holds_half_of_the_memory_unless_told_otherwise)
{
	/* 200 MiB must be there, of which the files and at least 18 MiB are used. */
	CHECK_EQUAL(unused("6.1.0", "nr_cpus=1"), 82 * LB_MIB);
	CHECK_EQUAL(unused("6.1.0", "nr_cpus=1 root=/dev/ram0"), 0);
	CHECK_EQUAL(unused("6.17.0", "nr_cpus=1 initramfs_options=size=80%"), 82 * LB_MIB);
	CHECK_EQUAL(unused("6.18.0", "nr_cpus=1 initramfs_options=nr_inodes=1,size=80%"),
		7 * LB_MIB);
}

TEST(plan_size, a_pool_is_counted_when_devices_are_bounced)
{
	struct sized sized = size_of(&kernel_6_1, &small_initrd, NULL, "nr_cpus=1");
	struct sized forced = size_of(&kernel_6_1, &small_initrd, NULL, "nr_cpus=1 swiotlb=force");
	struct sized given =
		size_of(&kernel_6_1, &small_initrd, NULL, "nr_cpus=1 swiotlb=8192,force");

	REQUIRE(!sized.status && !forced.status && !given.status);
	CHECK_EQUAL(most(sized.size, "bounce pool (SWIOTLB)"), 0);
	CHECK_EQUAL(most(forced.size, "bounce pool (SWIOTLB)"), 64 * LB_MIB);
	CHECK_EQUAL(most(given.size, "bounce pool (SWIOTLB)"), 16 * LB_MIB);
	CHECK_EQUAL(given.size->low.at_most, 24 * LB_MIB);
	done(&sized);
	done(&forced);
	done(&given);
}

TEST(plan_size, what_the_initrd_holds_is_counted)
{
	struct lb_initrd initrd = small_initrd;
	struct lb_drivers drivers = {0};
	struct sized before = size_of(&kernel_6_1, &initrd, &drivers, "nr_cpus=1");
	struct sized after;

	initrd.modules = 2;
	initrd.module_data = 3 * LB_MIB;
	initrd.module_packed = LB_MIB;
	initrd.makedumpfile = initrd.systemd = initrd.crypttab = true;
	lb_drivers_visit(&drivers, &(struct lb_cpio_entry){.path = "a/b/qed.ko.xz"});
	lb_drivers_visit(&drivers, &(struct lb_cpio_entry){.path = "mlx5_core.c"});
	lb_drivers_visit(&drivers, &(struct lb_cpio_entry){.path = "mlx5_core"});
	after = size_of(&kernel_6_1, &initrd, &drivers, "nr_cpus=1");
	REQUIRE(!before.status && !after.status);
	CHECK_EQUAL(most(before.size, "modules, loaded"), 0);
	CHECK_EQUAL(most(after.size, "modules, loaded"), 6 * LB_MIB);
	CHECK_EQUAL(most(before.size, "makedumpfile"), 0);
	CHECK_EQUAL(most(after.size, "makedumpfile"), 35 * LB_MIB);
	CHECK_EQUAL(most(after.size, "LUKS key derivation"), LB_GIB + 20 * LB_MIB);
	CHECK_EQUAL(most(after.size, "qed"), 216 * LB_MIB);
	CHECK_EQUAL(most(after.size, "mlx5_core"), 0);
	CHECK(most(after.size, "first process and its services") >
		most(before.size, "first process and its services"));
	done(&before);
	done(&after);
}

TEST(plan_size, of_modules_in_the_initrd_those_count_that_are_loaded)
{
	struct machine_root root;
	struct lb_machine_error error;
	enum lb_status status;
	struct lb_machine *machine;
	struct lb_drivers drivers = {0};

	machine_root_make(&root);
	machine_root_put(&root, "dmesg", LOG);
	machine_root_put(&root, "proc/modules",
		"qed 1000000 1 - Live 0x0000000000000000\nnvme_core 24000 0 - Live 0x0\n");
	machine = machine_root_open(&root, &status, &error);
	machine_root_remove(&root);
	REQUIRE(machine != NULL);
	drivers.machine = machine;
	lb_drivers_visit(&drivers, &(struct lb_cpio_entry){.path = "k/mlx5_core.ko"});
	CHECK_EQUAL(drivers.found, 0);
	lb_drivers_visit(&drivers, &(struct lb_cpio_entry){.path = "k/nvme-core.ko.zst"});
	CHECK_EQUAL(drivers.loaded_bytes, 24000);
	lb_drivers_visit(&drivers, &(struct lb_cpio_entry){.path = "k/qed.ko"});
	lb_drivers_visit(&drivers, &(struct lb_cpio_entry){.path = "k/qe.ko"});
	lb_drivers_visit(&drivers, &(struct lb_cpio_entry){.path = "k/qedf.ko"});
	CHECK(drivers.found && !(drivers.found & (drivers.found - 1)));
	CHECK_EQUAL(drivers.loaded_bytes, 1024000);
	lb_machine_close(machine);
}

/* The command line that a capture kernel gets by that configuration. */
static void check_wrapper(const char *path, const char *text, const char *expected)
{
	struct machine_root root;
	struct lb_machine_error error;
	enum lb_status status;
	struct lb_machine *machine;
	struct lb_arena arena = {0};
	const char *source;

	machine_root_make(&root);
	machine_root_put(&root, "proc/version", "Linux version 6.1.0-50-amd64 (x) #1\n");
	machine_root_put(&root, "proc/cmdline",
		"root=/dev/vda1 ro swiotlb=65536 crashkernel=256M quiet\n");
	machine_root_put(&root, path, text);
	machine = machine_root_open(&root, &status, &error);
	machine_root_remove(&root);
	REQUIRE(machine != NULL);
	CHECK_TEXT(lb_wrapper_cmdline(machine, &arena, &source), expected);
	lb_arena_free(&arena);
	lb_machine_close(machine);
}

TEST(plan_size, the_service_decides_what_the_capture_kernel_is_told)
{
	check_wrapper("etc/sysconfig/kdump",
		"# KDUMP_COMMANDLINE=\"x\"\nKDUMP_COMMANDLINE=\"\"\n"
		"KDUMP_COMMANDLINE_REMOVE=\"quiet swiotlb\"\n"
		"KDUMP_COMMANDLINE_APPEND=\"irqpoll nr_cpus=1\" # why\n",
		"ro irqpoll nr_cpus=1");
	check_wrapper("etc/sysconfig/kdump",
		"KDUMP_SAVEDIR=\"/var/crash\"\nKDUMP_COMMANDLINE_APPEND=\"\"\n",
		"ro swiotlb=65536 quiet  reset_devices numa=off irqpoll root=kdump rootflags=bind "
		"nr_cpus=32");
	check_wrapper("etc/sysconfig/kdump", "KDUMP_COMMANDLINE='a b'\nKDUMP_CPUS=4\n",
		"a b  reset_devices numa=off irqpoll root=kdump rootflags=bind nr_cpus=4");
	check_wrapper("etc/default/kdump-tools", "USE_KDUMP=1\n",
		"root=/dev/vda1 ro swiotlb=65536 quiet reset_devices "
		"systemd.unit=kdump-tools-dump.service nr_cpus=1 irqpoll usbcore.nousb");
	check_wrapper("etc/default/kdump-tools", "KDUMP_CMDLINE_APPEND=nr_cpus=2 # x\n",
		"root=/dev/vda1 ro swiotlb=65536 quiet nr_cpus=2");
	check_wrapper("etc/motd", "KDUMP_CPUS=4\n", "nr_cpus=1 reset_devices irqpoll");
}

TEST(plan_size, images_of_another_machine_are_refused)
{
	struct lb_capture_kernel kernel = kernel_6_1;
	struct sized sized;

	kernel.arch = LB_ARCH_ARM64;
	sized = size_of(&kernel, &small_initrd, NULL, NULL);
	CHECK_EQUAL(sized.status, LB_INVALID);
	CHECK(strstr(sized.error.text, "arm64"));
	done(&sized);
}

TEST(plan_size, others_answer_by_their_own_tables)
{
	struct sized sized = size_of(&kernel_6_1, &small_initrd, NULL, NULL);
	uint64_t debian = 0, ubuntu = 0, kdumpctl = 0;

	REQUIRE(sized.status == LB_OK);
	for (size_t i = 0; i < sized.size->estimate_count; i++) {
		const struct lb_size_estimate *estimate = &sized.size->estimates[i];

		debian = strcmp(estimate->name, "Debian 13") ? debian : estimate->bytes;
		ubuntu = strcmp(estimate->name, "Ubuntu 24.10") ? ubuntu : estimate->bytes;
		kdumpctl = strcmp(estimate->name, "kdumpctl estimate") ? kdumpctl : estimate->bytes;
	}
	CHECK_EQUAL(debian, 192 * LB_MIB);
	CHECK_EQUAL(ubuntu, 512 * LB_MIB);
	CHECK_EQUAL(kdumpctl, 256 * LB_MIB);
	done(&sized);
}

/* What was free while the dump was read is there for what was not seen; the rest is added. */
TEST(plan_size, a_measured_size_is_asked_for_with_what_was_not_seen)
{
	struct lb_machine *machine = machine_of_log(LOG);
	struct lb_initrd initrd = small_initrd;
	struct lb_measured measured = {.smallest = 84 * LB_MIB, .available = 10 * LB_MIB};
	struct lb_size_input input = {.machine = machine, .kernel = &kernel_6_1,
		.initrd = &initrd, .append = "nr_cpus=1", .measured = &measured};
	struct lb_size_error error;
	struct lb_size *size;

	REQUIRE(machine && lb_size_make(&input, &size, &error) == LB_OK);
	CHECK(size->unseen > 0 && size->unseen <= 10 * LB_MIB);
	CHECK_EQUAL(size->needed, 88 * LB_MIB);
	CHECK(!strcmp(size->recommended.crashkernel[0], "88M"));
	lb_size_free(size);
	initrd.makedumpfile = true;
	REQUIRE(lb_size_make(&input, &size, &error) == LB_OK);
	CHECK(size->unseen > 40 * LB_MIB);
	CHECK_EQUAL(size->needed, 78 * LB_MIB + size->unseen);
	CHECK(!size->found || size->recommended.cost >= size->needed);
	lb_size_free(size);
	/* Less than that did not complete, though more than the smallest. */
	measured.proved = 240 * LB_MIB;
	REQUIRE(lb_size_make(&input, &size, &error) == LB_OK);
	CHECK_EQUAL(size->needed, 240 * LB_MIB);
	lb_size_free(size);
	lb_machine_close(machine);
}

/* 3 GiB, and room for more to be plugged in above 4 GiB. */
#define LOG_PLUGGED                                                                              \
	"Linux version 6.1.0-50-amd64 (x) #1 SMP Debian 6.1.176-1\n"                              \
	"Command line: console=ttyS0 nokaslr\n"                                                   \
	"BIOS-provided physical RAM map:\n"                                                       \
	"BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n"                         \
	"BIOS-e820: [mem 0x0000000000100000-0x00000000bffdffff] usable\n"                         \
	"ACPI: SRAT: Node 0 PXM 0 [mem 0x00000000-0x0009ffff]\n"                                  \
	"ACPI: SRAT: Node 0 PXM 0 [mem 0x00100000-0xbfffffff]\n"                                  \
	"ACPI: SRAT: Node 0 PXM 0 [mem 0x100000000-0x2ffffffff] hotplug\n"

/* No device of the capture kernel needs it; the kernel makes it for what the firmware lists. */
TEST(plan_size, a_pool_that_nobody_needs_takes_room_too)
{
	static const struct {
		const char *append;
		uint64_t pool;
	} kernels[] = {{"nr_cpus=1", 64 * LB_MIB}, {"nr_cpus=1 numa=off", 0},
		{"nr_cpus=1 swiotlb=8192", 16 * LB_MIB}, {"nr_cpus=1 swiotlb=noforce", 0}};
	struct lb_machine *machine = machine_of_log(LOG_PLUGGED);
	uint64_t without = 0;

	for (size_t i = LB_ARRAY_COUNT(kernels); i-- > 0;) {
		struct lb_size_input input = {.machine = machine, .kernel = &kernel_6_1,
			.initrd = &small_initrd, .append = kernels[i].append};
		struct lb_size_error error;
		struct lb_size *size;

		REQUIRE(machine && lb_size_make(&input, &size, &error) == LB_OK);
		REQUIRE(size->found);
		CHECK_EQUAL(most(size, "bounce pool (SWIOTLB)"), kernels[i].pool);
		CHECK_EQUAL(size->low.at_most, 0);
		without = kernels[i].pool ? without : size->needed;
		CHECK(size->needed >= without + kernels[i].pool);
		lb_size_free(size);
	}
	lb_machine_close(machine);
}

/* Little memory below 4 GiB: what is asked for lies above, and needs a bounce pool below. */
#define LOG_LITTLE_LOW                                                                           \
	"Linux version 6.1.0-50-amd64 (x) #1 SMP Debian 6.1.176-1\n"                              \
	"Command line: console=ttyS0 nokaslr\n"                                                   \
	"BIOS-provided physical RAM map:\n"                                                       \
	"BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n"                         \
	"BIOS-e820: [mem 0x0000000000100000-0x000000000ffdffff] usable\n"                         \
	"BIOS-e820: [mem 0x0000000100000000-0x00000001bfffffff] usable\n"

TEST(plan_size, low_and_high_are_asked_for_as_they_were_measured_apart)
{
	struct lb_machine *machine = machine_of_log(LOG_LITTLE_LOW);
	struct lb_measured measured = {.smallest = 300 * LB_MIB, .available = LB_GIB};
	struct lb_measured_apart apart = {.low = 68 * LB_MIB, .high = 280 * LB_MIB,
		.of_high = {.available = LB_GIB}};
	struct lb_size_input input = {.machine = machine, .kernel = &kernel_6_1,
		.initrd = &small_initrd, .append = "nr_cpus=1", .measured = &measured};
	struct lb_size_error error;
	struct lb_size *size;

	REQUIRE(machine && lb_size_make(&input, &size, &error) == LB_OK);
	REQUIRE(lb_size_is_apart(size));
	CHECK(!strcmp(size->recommended.crashkernel[0], "304M,high"));
	CHECK(!strcmp(size->recommended.crashkernel[1], "72M,low"));
	lb_size_free(size);
	input.apart = &apart;
	REQUIRE(lb_size_make(&input, &size, &error) == LB_OK);
	REQUIRE(lb_size_is_apart(size));
	CHECK(!strcmp(size->recommended.crashkernel[0], "284M,high"));
	CHECK(!strcmp(size->recommended.crashkernel[1], "76M,low"));
	CHECK_EQUAL(size->needed, 360 * LB_MIB);
	lb_size_free(size);
	/* Less than that did not complete. */
	apart.of_high.proved = 400 * LB_MIB;
	REQUIRE(lb_size_make(&input, &size, &error) == LB_OK);
	CHECK(!strcmp(size->recommended.crashkernel[0], "324M,high"));
	lb_size_free(size);
	lb_machine_close(machine);
}
