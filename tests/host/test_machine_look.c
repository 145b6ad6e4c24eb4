/* SPDX-License-Identifier: MIT */
/* What a close look at a running machine finds, on a machine made of files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <utime.h>

#include "../harness/test.h"
#include "machine/look.h"
#include "machine_root.h"

struct looked {
	struct machine_root root;
	struct lb_machine_error error;
	struct machine_reader reader;
};

static void begin(struct looked *looked)
{
	machine_root_make(&looked->root);
	LB_ASSERT(machine_reader_start(&looked->reader, "look", &looked->error));
	looked->reader.machine->kernel.release = "6.1.0-50-amd64";
}

static void end(struct looked *looked)
{
	free(looked->reader.scratch);
	lb_machine_close(looked->reader.machine);
	machine_root_remove(&looked->root);
}

static void link_to(struct looked *looked, const char *path, const char *target)
{
	char whole[512];

	machine_root_put(&looked->root, path, "");
	snprintf(whole, sizeof(whole), "%s/%s", looked->root.path, path);
	LB_ASSERT(!unlink(whole) && !symlink(target, whole));
}

static void written(struct looked *looked, const char *path, time_t when)
{
	char whole[512];

	snprintf(whole, sizeof(whole), "%s/%s", looked->root.path, path);
	LB_ASSERT(!utime(whole, &(struct utimbuf){when, when}));
}

/* A cpio archive of empty files. */
static size_t archive(char *ret, size_t size, const char *const *paths, size_t count)
{
	size_t used = 0;

	memset(ret, 0, size);
	for (size_t i = 0; i <= count; i++) {
		const char *path = i < count ? paths[i] : "TRAILER!!!";

		LB_ASSERT(used + 256 < size);
		used += (size_t)snprintf(ret + used, size - used,
			"070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s", 1U,
			0100644U, 0U, 0U, 1U, 0U, 0U, 0U, 0U, 0U, 0U,
			(unsigned int)strlen(path) + 1, 0U, path) + 1;
		used = (used + 3) / 4 * 4;
	}
	return used;
}

static void put_initrd(struct looked *looked, const char *path, const char *more)
{
	const char *paths[] = {"usr/bin/ssh",
		"usr/lib/modules/6.1.0-50-amd64/kernel/dm-crypt.ko.xz", "usr/bin/bash", more};
	char bytes[4096];
	size_t size = archive(bytes, sizeof(bytes), paths, LB_ARRAY_COUNT(paths));

	machine_root_put_bytes(&looked->root, path, bytes, size);
}

TEST(machine_look, the_initrd_is_where_each_service_keeps_it)
{
	static const char *const places[] = {"boot/initramfs-6.1.0-50-amd64kdump.img",
		"var/lib/kdump/initramfs-6.1.0-50-amd64kdump.img", "var/lib/kdump/initrd",
		"boot/initrd-6.1.0-50-amd64-kdump", "var/lib/kdump/initrd.img"};

	for (size_t i = 0; i < LB_ARRAY_COUNT(places); i++) {
		struct looked looked;
		const struct lb_machine_initrd *initrd;

		begin(&looked);
		put_initrd(&looked, places[i], "etc/fstab");
		written(&looked, places[i], 77);
		look_at_files(&looked.reader, looked.root.path);
		initrd = &looked.reader.machine->initrd;
		CHECK(initrd->known);
		CHECK(lb_initrd_has(initrd, "ssh", false));
		CHECK(lb_initrd_has(initrd, "dm_crypt", true));
		CHECK_EQUAL(initrd->items_count, 2);
		CHECK_EQUAL(initrd->sizes.modules, 1);
		CHECK_TEXT(initrd->releases[0].name, "6.1.0-50-amd64");
		CHECK_EQUAL(looked.reader.machine->kexec.initrd_written, 77);
		end(&looked);
	}
}

TEST(machine_look, what_the_kernel_has_built_in_need_not_be_in_the_initrd)
{
	struct looked looked;
	const struct lb_machine_initrd *initrd;

	begin(&looked);
	put_initrd(&looked, "var/lib/kdump/initrd", "etc/fstab");
	machine_root_put(&looked.root, "lib/modules/6.1.0-50-amd64/modules.builtin",
		"kernel/fs/nfs/nfs.ko\nkernel/drivers/md/dm-multipath.ko\nkernel/cut/off.k");
	look_at_files(&looked.reader, looked.root.path);
	initrd = &looked.reader.machine->initrd;
	CHECK(initrd->builtin_known);
	CHECK_EQUAL(initrd->builtin_count, 2);
	CHECK(lb_initrd_has(initrd, "nfs", true) && lb_initrd_has(initrd, "dm_multipath", true));
	CHECK(!lb_initrd_has(initrd, "nfs", false) && !lb_initrd_has(initrd, "off", true));
	end(&looked);
}

TEST(machine_look, what_is_packed_or_broken_is_not_known)
{
	struct looked looked;

	begin(&looked);
	put_initrd(&looked, "var/lib/kdump/initrd", "squashfs-root.img");
	look_at_files(&looked.reader, looked.root.path);
	CHECK(!looked.reader.machine->initrd.known);
	end(&looked);

	begin(&looked);
	machine_root_put(&looked.root, "var/lib/kdump/initrd", "no archive");
	look_at_files(&looked.reader, looked.root.path);
	CHECK(!looked.reader.machine->initrd.known);
	CHECK_EQUAL(looked.reader.machine->problems_count, 1);
	end(&looked);
}

TEST(machine_look, times_versions_and_the_kernel_that_is_loaded)
{
	struct looked looked;
	const struct lb_machine *machine;

	begin(&looked);
	link_to(&looked, "var/lib/kdump/vmlinuz", "../../../boot/vmlinuz-6.1.0-49-amd64");
	machine_root_put(&looked.root, "boot/vmlinuz-6.1.0-49-amd64", "x");
	written(&looked, "boot/vmlinuz-6.1.0-49-amd64", 55);
	machine_root_put(&looked.root, "etc/default/kdump-tools", "x");
	written(&looked, "etc/default/kdump-tools", 66);
	link_to(&looked, "run/systemd/units/invocation:kdump-tools.service", "0123");
	machine_root_put(&looked.root, "usr/bin/makedumpfile",
		"\x7f" "ELF makedumpfile: version 1.7.6 (released on 1 Oct 2024)");
	look_at_files(&looked.reader, looked.root.path);
	machine = looked.reader.machine;
	CHECK_TEXT(machine->kdump.release, "6.1.0-49-amd64");
	CHECK_EQUAL(machine->kexec.kernel_written, 55);
	CHECK_EQUAL(machine->kexec.config_written, 66);
	CHECK(machine->kexec.service_started > 1000000000);
	CHECK_EQUAL(machine->makedumpfile.patch, 6);
	end(&looked);
}

/* The disk of the directory: LVM on LUKS on a disk that hangs on two drivers. */
static void put_disks(struct looked *looked)
{
	char path[LOOK_PATH_MAX], device[64];
	struct stat status;

	machine_root_put(&looked->root, "var/crash/keep", "");
	snprintf(path, sizeof(path), "%s/var/crash", looked->root.path);
	LB_ASSERT(!stat(path, &status));
	snprintf(device, sizeof(device), "sys/dev/block/%u:%u", major(status.st_dev),
		minor(status.st_dev));
	link_to(looked, device, "../../devices/virtual/block/dm-1");
	machine_root_put(&looked->root, "sys/devices/virtual/block/dm-1/dm/uuid", "LVM-abc\n");
	machine_root_put(&looked->root, "sys/devices/virtual/block/dm-1/slaves/dm-0", "");
	link_to(looked, "sys/class/block/dm-0", "../../devices/virtual/block/dm-0");
	machine_root_put(
		&looked->root, "sys/devices/virtual/block/dm-0/dm/uuid", "CRYPT-LUKS2-1\n");
	machine_root_put(&looked->root, "sys/devices/virtual/block/dm-0/slaves/sda2", "");
	link_to(looked, "sys/class/block/sda2", "../../devices/pci0/0000:00:1f.2/host0/sda/sda2");
	machine_root_put(&looked->root, "sys/devices/pci0/0000:00:1f.2/host0/sda/sda2/size", "9\n");
	link_to(looked, "sys/devices/pci0/0000:00:1f.2/driver/module", "/sys/module/ahci");
	link_to(looked, "sys/devices/pci0/0000:00:1f.2/host0/sda/driver/module",
		"/sys/module/sd-mod");
}

TEST(machine_look, from_the_directory_down_to_the_drivers)
{
	struct looked looked;
	struct lb_machine_target *target;

	begin(&looked);
	put_disks(&looked);
	target = &looked.reader.machine->target;
	target->kind = LB_TARGET_LOCAL;
	target->directory = "/var/crash/not/there/yet";
	look_at_disks(&looked.reader, looked.root.path);
	CHECK(target->free_known && target->layers_known);
	CHECK_EQUAL(target->layers, LB_LAYER_LVM | LB_LAYER_CRYPT);
	REQUIRE(target->drivers_count == 2);
	CHECK_TEXT(target->drivers[0].name, "sd_mod");
	CHECK_TEXT(target->drivers[1].name, "ahci");
	end(&looked);
}

/* The file system's device number is in no folder of sysfs: /proc/mounts names the device. */
TEST(machine_look, btrfs_has_its_device_from_the_mounts)
{
	static const char *const mounts[] = {
		"/dev/sda2 / btrfs rw\ntmpfs /tmp tmpfs rw\n/dev/sda9 /var/crashes xfs rw\n",
		"tmpfs / tmpfs rw 0 0\n/dev/mapper/vg-dumps /var/crash btrfs rw 0 0\n",
		"/dev/sda2 / btrfs rw 0 0\ntmpfs /var/crash tmpfs rw 0 0\n",
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(mounts); i++) {
		struct looked looked;
		struct lb_machine_target *target;

		begin(&looked);
		machine_root_put(&looked.root, "var/crash/keep", "");
		machine_root_put(&looked.root, "proc/mounts", mounts[i]);
		link_to(&looked, "dev/mapper/vg-dumps", "../dm-0");
		machine_root_put(&looked.root, "sys/class/block/dm-0/dm/uuid", "LVM-abc\n");
		machine_root_put(&looked.root, "sys/class/block/sda2/size", "9\n");
		target = &looked.reader.machine->target;
		target->kind = LB_TARGET_LOCAL;
		target->directory = "/var/crash";
		look_at_disks(&looked.reader, looked.root.path);
		CHECK_EQUAL(target->layers_known, i < 2);
		CHECK_EQUAL(target->layers, i == 1 ? LB_LAYER_LVM : 0);
		end(&looked);
	}
}

TEST(machine_look, through_the_network_it_is_the_default_route)
{
	struct looked looked;

	begin(&looked);
	machine_root_put(&looked.root, "proc/net/route",
		"Iface\tDestination\tGateway\neth1\t0000A8C0\t00000000\n"
		"eth0\t00000000\t0100A8C0\n");
	link_to(&looked, "sys/class/net/eth0/device", "../../../devices/pci0/nic0");
	link_to(&looked, "sys/class/net/eth1/device", "../../../devices/pci0/nic1");
	link_to(&looked, "sys/devices/pci0/nic0/driver/module", "/sys/module/igb");
	link_to(&looked, "sys/devices/pci0/nic1/driver/module", "/sys/module/e1000e");
	looked.reader.machine->target.kind = LB_TARGET_NFS;
	look_at_disks(&looked.reader, looked.root.path);
	REQUIRE(looked.reader.machine->target.drivers_count == 1);
	CHECK_TEXT(looked.reader.machine->target.drivers[0].name, "igb");
	end(&looked);
}

TEST(machine_look, a_signed_image_has_a_certificate_table)
{
	static uint8_t image[512] = "MZ";
	uint8_t *pe = image + 0x80;
	bool is_signed = true;

	image[0x3c] = 0x80;
	memcpy(pe, "PE", 2);
	pe[24] = 0x0b;
	pe[25] = 0x02;
	pe[24 + 108] = 6;
	CHECK(look_is_signed(image, sizeof(image), &is_signed) && !is_signed);
	pe[24 + 112 + 4 * 8 + 4] = 1;
	CHECK(look_is_signed(image, sizeof(image), &is_signed) && is_signed);
	pe[24 + 108] = 4;
	CHECK(look_is_signed(image, sizeof(image), &is_signed) && !is_signed);
	for (size_t size = 0; size < 0x80 + 24 + 112 + 5 * 8; size++) {
		CHECK(!look_is_signed(image, size, &is_signed));
	}
	image[0x3f] = 0xff;
	CHECK(!look_is_signed(image, sizeof(image), &is_signed));
}
