/* SPDX-License-Identifier: MIT */
/*
 * crash_path: the snapshot's own file about what only a live system, or the output of its programs,
 * tells (docs/snapshot.md). "NAME VALUE" a line, below a heading.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "machine/reader.h"
#include "machine/text.h"

#define HEADING "lifeboat crash-path 1"

/* Of Linux's own modules those that a dump may go through; other names may tell whose they are. */
static const char *const linux_modules[] = {"nfs", "nfsv3", "nfsv4", "sunrpc", "cifs", "ext4",
	"xfs", "btrfs", "virtiofs", "fuse", "overlay", "squashfs", "erofs", "dm_mod", "dm_crypt",
	"dm_multipath", "dm_mirror", "dm_thin_pool", "raid0", "raid1", "raid10", "raid456",
	"sd_mod", "scsi_mod", "ahci", "libahci", "libata", "ata_piix", "nvme", "nvme_core",
	"nvme_tcp", "nvme_fc", "nvme_rdma", "virtio_blk", "virtio_scsi", "virtio_net",
	"virtio_pci", "virtio_mmio", "xen_blkfront", "xen_netfront", "hv_storvsc", "hv_netvsc",
	"hv_vmbus", "vmw_pvscsi", "vmxnet3", "megaraid_sas", "mpt3sas", "mpi3mr", "aacraid",
	"smartpqi", "hpsa", "qla2xxx", "lpfc", "bfa", "fnic", "cxgb4", "be2iscsi", "iscsi_tcp",
	"e1000", "e1000e", "igb", "igc", "ixgbe", "i40e", "ice", "tg3", "bnx2", "bnx2x", "bnxt_en",
	"mlx4_en", "mlx4_core", "mlx5_core", "r8169", "ena", "gve", "mana", "sfc", "qede", "qed",
	"atlantic", "bonding", "team", "bridge", "8021q", "usb_storage", "uas", "mmc_block",
	"sdhci", "sdhci_pci", "iTCO_wdt", "iTCO_vendor_support", "hpwdt", "sp5100_tco", "ipmi_si",
	"ipmi_watchdog", "wdat_wdt", "softdog", "i6300esb"};

static bool is_of_linux(const char *module)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(linux_modules); i++) {
		if (!strcmp(linux_modules[i], module)) {
			return true;
		}
	}
	return false;
}

static const struct {
	const char *name;
	enum lb_layer layer;
} layers[] = {{"lvm", LB_LAYER_LVM}, {"crypt", LB_LAYER_CRYPT}, {"multipath", LB_LAYER_MULTIPATH},
	{"raid", LB_LAYER_RAID}};

/* A figure of the machine by its name in the file. */
struct figure {
	const char *name;
	uint64_t *value;
	bool *known; /* NULL: 0 is unknown */
};
#define FIGURES 11

static void list_figures(struct lb_machine *machine, struct figure ret[FIGURES])
{
	struct lb_machine_kexec *kexec = &machine->kexec;

	ret[0] = (struct figure){
		"free", &machine->target.free_bytes, &machine->target.free_known};
	ret[1] = (struct figure){"kernel-written", &kexec->kernel_written, NULL};
	ret[2] = (struct figure){"initrd-written", &kexec->initrd_written, NULL};
	ret[3] = (struct figure){"config-written", &kexec->config_written, NULL};
	ret[4] = (struct figure){"service-started", &kexec->service_started, NULL};
	ret[5] = (struct figure){"initrd-bytes", &kexec->initrd_bytes, NULL};
	ret[6] = (struct figure){"kernel-signed", &kexec->kernel_signed, &kexec->signed_known};
	ret[7] = (struct figure){
		"kernel-loaded", &kexec->kernel_loaded, &kexec->kernel_loaded_known};
	ret[8] = (struct figure){
		"initrd-loaded", &kexec->initrd_loaded, &kexec->initrd_loaded_known};
	ret[9] = (struct figure){
		"left-out-bytes", &kexec->left_out_bytes, &kexec->left_out_known};
	ret[10] = (struct figure){"noted-cpus", &kexec->noted_cpus, NULL};
}

static bool take_figure(struct lb_machine *machine, const char *name, size_t length,
	const char *value)
{
	struct figure figures[FIGURES];

	list_figures(machine, figures);
	for (size_t i = 0; i < FIGURES; i++) {
		uint64_t number;

		if (strlen(figures[i].name) == length && !memcmp(figures[i].name, name, length) &&
			text_decimal(&value, &number) && !*value) {
			*figures[i].value = number;
			if (figures[i].known) {
				*figures[i].known = true;
			}
			return true;
		}
	}
	return false;
}

static bool take_layer(struct lb_machine_target *target, const char *value)
{
	target->layers_known = true;
	for (size_t i = 0; i < LB_ARRAY_COUNT(layers); i++) {
		if (!strcmp(value, layers[i].name)) {
			target->layers |= layers[i].layer;
			return true;
		}
	}
	return !strcmp(value, "none");
}

static bool is_name(const char *value)
{
	return *value && strlen(value) <= 56 &&
		!value[strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "0123456789_-.+~")];
}

static bool take_named(struct machine_reader *reader, const char *name, const char *value,
	const char *path)
{
	struct lb_machine *machine = reader->machine;

	if (!is_name(value)) {
		return false;
	}
	if (text_starts(name, "layer ")) {
		return take_layer(&machine->target, value);
	}
	if (text_starts(name, "builtin ")) {
		machine->initrd.builtin_known = true;
		machine_initrd_builtin(reader, value, strlen(value));
		return true;
	}
	if (text_starts(name, "makedumpfile ")) {
		return machine_makedumpfile_version(value, path, &machine->makedumpfile);
	}
	if (text_starts(name, "driver ")) {
		MACHINE_APPEND(reader, machine->target.drivers,
			{machine_text(reader, value, strlen(value))});
		return true;
	}
	machine->initrd.known = true;
	machine->initrd.path = path;
	if (text_starts(name, "program ") || text_starts(name, "module ")) {
		MACHINE_APPEND(reader, machine->initrd.items,
			{machine_text(reader, value, strlen(value)), *name == 'm'});
		return true;
	}
	if (text_starts(name, "release ")) {
		MACHINE_APPEND(reader, machine->initrd.releases,
			{machine_text(reader, value, strlen(value))});
		return true;
	}
	return false;
}

void machine_read_crash_path(struct machine_reader *reader, struct machine_file *file)
{
	unsigned int number = 0;
	char *at = file->data;
	char *line;

	while (reader->status == LB_OK && text_next_line(&at, file->data + file->size, &line)) {
		size_t length = strcspn(line, " ");
		const char *value = line[length] ? line + length + 1 : "";

		number++;
		if (number == 1 ? strcmp(line, HEADING) != 0
				: !take_figure(reader->machine, line, length, value) &&
				!take_named(reader, line, value, file->path)) {
			machine_fail(reader, LB_INVALID, machine_at_line(file->path, number),
				number == 1 ? "expected \"" HEADING "\""
					    : "expected a name of docs/snapshot.md and a value");
		}
	}
}

/* Text that grows; what finds no room is left out. */
struct text {
	char *at;
	size_t size, used;
};

__attribute__((format(printf, 2, 3))) static void put(struct text *text, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text->at + text->used, text->size - text->used, format, arguments);
	va_end(arguments);
	if (length > 0 && (size_t)length < text->size - text->used) {
		text->used += (size_t)length;
	}
}

static void put_target(struct text *text, const struct lb_machine_target *target)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(layers); i++) {
		if (target->layers & layers[i].layer) {
			put(text, "layer %s\n", layers[i].name);
		}
	}
	if (target->layers_known && !target->layers) {
		put(text, "layer none\n");
	}
	for (size_t i = 0; i < target->drivers_count; i++) {
		if (is_of_linux(target->drivers[i].name)) {
			put(text, "driver %s\n", target->drivers[i].name);
		}
	}
}

static void put_initrd(struct text *text, const struct lb_machine_initrd *initrd)
{
	for (size_t i = 0; i < initrd->releases_count; i++) {
		put(text, "release %s\n", initrd->releases[i].name);
	}
	for (size_t i = 0; i < initrd->items_count; i++) {
		const struct lb_initrd_item *item = &initrd->items[i];

		if (!item->module || is_of_linux(item->name)) {
			put(text, "%s %s\n", item->module ? "module" : "program", item->name);
		}
	}
	for (size_t i = 0; i < initrd->builtin_count; i++) {
		if (is_of_linux(initrd->builtin[i].name)) {
			put(text, "builtin %s\n", initrd->builtin[i].name);
		}
	}
}

size_t machine_crash_path_text(const struct lb_machine *machine, char *text, size_t size)
{
	const struct lb_machine_makedumpfile *program = &machine->makedumpfile;
	struct lb_machine copy = *machine;
	struct text out = {text, size, 0};
	struct figure figures[FIGURES];
	size_t heading;

	put(&out, HEADING "\n");
	heading = out.used;
	list_figures(&copy, figures);
	for (size_t i = 0; i < FIGURES; i++) {
		if (*figures[i].value || (figures[i].known && *figures[i].known)) {
			put(&out, "%s %llu\n", figures[i].name,
				(unsigned long long)*figures[i].value);
		}
	}
	if (program->path) {
		put(&out, "makedumpfile %u.%u.%u\n", program->major, program->minor,
			program->patch);
	}
	put_target(&out, &machine->target);
	put_initrd(&out, &machine->initrd);
	return out.used > heading ? out.used : 0;
}
