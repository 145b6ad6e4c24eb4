/* SPDX-License-Identifier: MIT */
/*
 * reader: what the readers of one opening share: the machine they fill, its memory, the files
 * that were found, and how an error or a problem is told.
 *
 * Two ways out of trouble. machine_fail ends the opening: a source that is there makes no sense.
 * machine_problem notes a contradiction or a line that was lost, and the reading goes on. Which
 * source does which is documented in docs/snapshot.md.
 */
#ifndef LIFEBOAT_MACHINE_READER_H
#define LIFEBOAT_MACHINE_READER_H

#include "machine/arena.h"
#include "machine/machine.h"

#define MACHINE_LIST_MAX (UINT32_C(1) << 20) /* entries of one list */
#define MACHINE_PROBLEMS_MAX 200

/* From this rank on a log is a file that the system keeps, and may be of an older boot. */
#define MACHINE_LOG_FILE_RANK 5
/* From this rank on it is one of the boot before. */
#define MACHINE_LOG_EARLIER_RANK 11

/* What a file of the root is for. */
enum machine_kind {
	MACHINE_IOMEM,
	MACHINE_CMDLINE,
	MACHINE_VERSION,
	MACHINE_UNAME,
	MACHINE_MEMINFO,
	MACHINE_CPUINFO,
	MACHINE_LOG,
	MACHINE_FDT,
	MACHINE_BOOT_PARAMS,
	MACHINE_MEMBLOCK_MEMORY,
	MACHINE_MEMBLOCK_RESERVED,
	MACHINE_EFI_MEMMAP,      /* the snapshot's own file, see docs/snapshot.md */
	MACHINE_EFI_SYSTAB,
	MACHINE_SRAT,
	MACHINE_SWIOTLB,
	MACHINE_CRASH_SIZE,
	MACHINE_CRASH_LOADED,
	MACHINE_CRASH_CMA,
	MACHINE_BLOCK_SIZE,
	MACHINE_BOOTLOADER_TYPE,
	MACHINE_MODULES,
	MACHINE_KDUMP_SYSCONFIG, /* etc/sysconfig/kdump */
	MACHINE_KDUMP_TOOLS,     /* etc/default/kdump-tools */
	MACHINE_LOCKDOWN,
	MACHINE_SECURE_BOOT,     /* the firmware's variable */
	MACHINE_MOKUTIL,         /* mokutil --sb-state */
	MACHINE_CRASH_HOTPLUG,
	MACHINE_WATCHDOG_STATE,
	MACHINE_WATCHDOG_TIMEOUT,
	MACHINE_KDUMP_CONF,      /* etc/kdump.conf */
	MACHINE_CRASH_PATH,      /* the snapshot's own file, see docs/snapshot.md */
	MACHINE_TRIAL,           /* lifeboat drill --record */
	MACHINE_TRIAL_STATUS,    /* kdumpctl test */
	MACHINE_DF,
	MACHINE_LSBLK,
	MACHINE_INSTALLED_RPMS,
	MACHINE_DPKG_LIST,
	MACHINE_SETTINGS_LIST,   /* sysctl -a */
	MACHINE_SYSCTL_CONF,     /* etc/sysctl.conf */
	MACHINE_KIND_COUNT,
	/* Folders of numbered folders; machine_file.index is the number. */
	MACHINE_MEMMAP_START = MACHINE_KIND_COUNT,
	MACHINE_MEMMAP_END,
	MACHINE_MEMMAP_TYPE,
	MACHINE_RUNTIME_ATTRIBUTE,
	MACHINE_RUNTIME_PAGES,
	MACHINE_RUNTIME_ADDRESS,
	MACHINE_RUNTIME_TYPE,
	/* Of these there are several; machine_files_of has them all. */
	MACHINE_SETTING,         /* proc/sys/..., one number each */
	MACHINE_SETTINGS_CONF,   /* files of sysctl.d */
	MACHINE_INITRD_LIST,     /* what lsinitrd or lsinitramfs prints */
	MACHINE_NONE,
};

/* A file of interest, whole, in the arena. data[size] is NUL, so that text parsers can stop. */
struct machine_file {
	enum machine_kind kind;
	unsigned int rank;   /* among files of one kind the lowest is the best */
	unsigned int index;  /* of numbered folders */
	bool optional;       /* too large: passed over instead of refused */
	size_t prefix;       /* length of what stands before the known path */
	const char *path;    /* inside the root */
	char *data;
	size_t size;
};

struct lb_machine_private {
	struct machine_arena arena;
};

struct machine_reader {
	struct lb_machine *machine;
	struct machine_arena *arena;
	struct lb_machine_error *error;
	enum lb_status status;      /* the first failure; LB_OK while all is well */
	struct machine_file *files;
	size_t files_count;
	const char *current;        /* path of the file that is being read; NULL none */
	char *scratch;              /* malloc'ed, reused by whoever reads a file */
	size_t scratch_size;
	bool live;                  /* the root is this machine */
	const char *unreadable;     /* path of the first file that is there and cannot be read */
	const char *unreadable_why;
	size_t unreadable_count;

	/* What the log says and other sources are held against. */
	const char *log_cmdline;    /* the longer of the two lines; NULL none */
	bool log_cmdline_kernel;    /* ... it was "Kernel command line:" */
	bool log_cmdline_twice;     /* ... both lines are there and say the same: none was cut */
	unsigned int log_cmdline_joined; /* ... lines were joined to it, so it is whole */
	const char *log_path;
	bool log_of_capture_kernel;
	const char *tree_bootargs;  /* of the device tree, trimmed; NULL none */
	bool tree_without_efi;      /* there is a device tree, and no EFI stub or Xen made it */
	const struct lb_range *extended; /* usable parts of the map that setup_data splits */
	size_t extended_count;
	struct lb_range log_ramdisk;
	uint32_t log_page_size;
	bool looks_x86, looks_arm64, looks_arm, looks_riscv64;
	bool log_highmem; /* only 32-bit kernels have memory that is not mapped */
	bool log_kaslr_on, log_kaslr_off;
	bool log_iommu_group, log_iommu_passthrough;
	bool efi_map_from_log;
	const char *uname_release;
};

/* Ends the opening with one line of text: "PATH:LINE: what" or "PATH: offset N: what". The first
 * call counts. Returns status. */
enum lb_status machine_fail(struct machine_reader *reader, enum lb_status status,
	struct lb_position position, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Fails because memory for bytes more at path is not to be had, or not allowed. */
void machine_no_room(struct machine_reader *reader, const char *path, uint64_t bytes);

/* Notes a contradiction at a place; after MACHINE_PROBLEMS_MAX only one more, that says so. */
void machine_problem(struct machine_reader *reader, struct lb_position position,
	const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same of something that is proved to be harmless (enum lb_problem_class). */
void machine_remark(struct machine_reader *reader, struct lb_position position,
	const char *format, ...) __attribute__((format(printf, 3, 4)));

static inline struct lb_position machine_at_line(const char *path, unsigned int line)
{
	return (struct lb_position){.source = path, .line = line};
}

static inline struct lb_position machine_at_offset(const char *path, uint64_t offset)
{
	return (struct lb_position){.source = path, .offset = offset};
}

/* The best file of a kind, the last if there are several; NULL: none. */
struct machine_file *machine_find(struct machine_reader *reader, enum machine_kind kind);

static inline void machine_found(struct machine_reader *reader, enum lb_source source)
{
	reader->machine->sources |= UINT32_C(1) << source;
}

/*
 * Adds an item to a list that grows at powers of two, and returns the list. When the list or the
 * memory is full, the reader fails and the list stays as it was.
 */
void *machine_append(struct machine_reader *reader, const void *list, size_t *count,
	size_t item_size, const void *item);

/* All files of a kind, sorted by the last part of their names, and of one name by their rank, the
 * largest last. Returns how many; 0 also when the reader failed. */
size_t machine_files_of(struct machine_reader *reader, enum machine_kind kind,
	struct machine_file ***ret);

/* True if a file of sysctl.d has another of its name behind it, which takes its place. */
bool machine_is_masked(struct machine_file *const *files, size_t count, size_t index);

/* A copy in the machine's memory. "" when that is full, and the reader fails. */
const char *machine_text(struct machine_reader *reader, const char *text, size_t length);

/* MACHINE_APPEND(reader, machine->memory.iomem, {range, depth, name}) */
#define MACHINE_APPEND(reader, list, ...)                                                        \
	((list) = machine_append((reader), (list), &list##_count, sizeof(*(list)),               \
		&(__typeof__(*(list)))__VA_ARGS__))

/* Makes an empty machine and a reader that fills it. False: out of memory. The machine goes with
 * lb_machine_close, the scratch buffer with free. */
bool machine_reader_start(struct machine_reader *reader, const char *root,
	struct lb_machine_error *error);

/* Finds the files of interest in a root, whatever its form, and holds them in memory. */
void machine_load(struct machine_reader *reader, const char *root);

/* Reads every file that machine_load, or anybody else, put into reader->files, derives what
 * follows, and holds the sources against each other. Log and text files change under it. */
void machine_read_files(struct machine_reader *reader);

/* Of several logs the first that shows the beginning of a boot: the ring buffer of a machine
 * that has run for long has lost it, and a file may still hold it. Such a file counts only if it
 * shows the kernel that proc/version shows. NULL: none. */
struct machine_file *machine_choose_log(struct machine_reader *reader);

/* One reader per source. Each is given a file and fills its part of the machine. */
void machine_read_iomem(struct machine_reader *reader, struct machine_file *file);
void machine_read_version(struct machine_reader *reader, struct machine_file *file);
void machine_read_uname(struct machine_reader *reader, struct machine_file *file);
void machine_read_cmdline(struct machine_reader *reader, struct machine_file *file);
void machine_read_meminfo(struct machine_reader *reader, struct machine_file *file);
void machine_read_cpuinfo(struct machine_reader *reader, struct machine_file *file);
void machine_read_log(struct machine_reader *reader, struct machine_file *file);
void machine_read_fdt(struct machine_reader *reader, struct machine_file *file);
void machine_read_boot_params(struct machine_reader *reader, struct machine_file *file);
void machine_read_memblock(struct machine_reader *reader, struct machine_file *file);
void machine_read_kdump_config(struct machine_reader *reader, struct machine_file *file);
void machine_read_modules(struct machine_reader *reader, struct machine_file *file);
void machine_read_crash_cma(struct machine_reader *reader, struct machine_file *file);
void machine_read_efi_memmap(struct machine_reader *reader, struct machine_file *file);
void machine_read_efi_systab(struct machine_reader *reader, struct machine_file *file);
void machine_read_srat(struct machine_reader *reader, struct machine_file *file);
void machine_read_number_file(struct machine_reader *reader, struct machine_file *file);

/* A line "kernel.panic = 10" of sysctl(8), as its output or its files have it; false: it is none,
 * or of a setting that is not read. */
struct machine_setting {
	const char *path; /* "proc/sys/kernel/panic", static */
	int value;
};
bool machine_setting_line(const char *line, struct machine_setting *ret);

/* Where the dump goes, and what there is on the way (machine/crash_path.h). */
void machine_read_kdump_conf(struct machine_reader *reader, struct machine_file *file);
void machine_read_crash_path(struct machine_reader *reader, struct machine_file *file);
void machine_read_trial(struct machine_reader *reader, struct machine_file *file);
void machine_read_trial_status(struct machine_reader *reader, struct machine_file *file);
void machine_read_df(struct machine_reader *reader, struct machine_file *file);
void machine_read_lsblk(struct machine_reader *reader, struct machine_file *file);
void machine_read_rpms(struct machine_reader *reader, struct machine_file *file);
void machine_read_dpkg(struct machine_reader *reader, struct machine_file *file);
void machine_read_initrd_list(struct machine_reader *reader, struct machine_file *file);

/* The file of the initrd by its path in it: kept if a dump may depend on it. Each module and each
 * program is kept once. */
void machine_initrd_file(struct machine_reader *reader, const char *path, size_t length);

/* A module that the capture kernel has built in, by its name. */
void machine_initrd_builtin(struct machine_reader *reader, const char *at, size_t length);

/* "success 1763700000", of kdumpctl test; false: it says something else. */
bool machine_trial_status(const char *line, struct lb_machine_trial *ret);

/* True if the file holds nearly all others: dracut can pack them into one image in the archive,
 * which lsinitrd lists as well. */
bool machine_initrd_is_packed_root(const char *path);

/* What of this machine only a close look shows (machine/crash_path.h): it takes seconds. */
void machine_look_closely(struct machine_reader *reader);

/* "1.7.2" at the beginning of the text; what follows is not looked at. */
bool machine_makedumpfile_version(
	const char *text, const char *path, struct lb_machine_makedumpfile *ret);

/* The snapshot's own file about this machine: its size, at most size, and 0 where there is nothing
 * to tell. Names of modules that are not Linux's own are left out. */
size_t machine_crash_path_text(const struct lb_machine *machine, char *text, size_t size);

/* All files of settings, in the order in which they count. */
void machine_read_settings(struct machine_reader *reader);
void machine_read_watchdog_state(struct machine_reader *reader, struct machine_file *file);
void machine_read_lockdown(struct machine_reader *reader, struct machine_file *file);
void machine_read_secure_boot(struct machine_reader *reader, struct machine_file *file);
void machine_read_mokutil(struct machine_reader *reader, struct machine_file *file);

/* The numbered folders: sys/firmware/memmap/N and sys/firmware/efi/runtime-map/N. */
void machine_read_numbered(struct machine_reader *reader);

/* Adds one raw EFI memory descriptor (UEFI specification 2.10, 7.2). False if it makes no
 * sense: the pages pass the end of the address space. */
bool machine_efi_descriptor(const uint8_t *raw, struct lb_efi_descriptor *ret);

/* What follows from several sources: architecture, page size, KASLR, initrd. */
void machine_derive(struct machine_reader *reader);

/* Holds the sources against each other and notes the contradictions. */
void machine_cross_check(struct machine_reader *reader);

#endif
