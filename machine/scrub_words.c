/* SPDX-License-Identifier: MIT */
/* scrub_words: three tables, and what is done with them. */
#include "machine/scrub_words.h"

#include <strings.h>

#include "machine/text.h"

#define DECIMAL_DIGITS_MAX 15 /* 2^48 KiB and all smaller figures */
#define HEX_DIGITS_MAX 16

/* Words that stand in the lines of a log_*.c row, in messages about crash kernel memory, in
 * /proc/iomem and /sys/firmware/memmap/N/type. Case counts. */
static const char *const words[] = {
	/* memory maps */
	"mem", "gap", "usable", "reserved", "Reserved", "System", "RAM", "device", "Device", "ACPI",
	"data", "NVS", "Non", "volatile", "Storage", "Tables", "Unusable", "unusable", "memory",
	"Memory", "persistent", "Persistent", "legacy", "soft", "Soft", "type", "Kernel", "kernel",
	"code", "rodata", "bss", "image", "Crash", "buffer", "ROM", "Video", "PCI", "Bus", "ECAM",
	"MMCONFIG", "IOAPIC", "HPET", "APIC", "Local", "TSEG", "MMIO", "Port", "Movable", "zone",
	"start", "for", "each", "node", "nodes", "Node", "PXM", "on", "hotplug", "non", "allocated",
	"empty", "NOMAP", "DRV_MNG", "NONE", "HOTPLUG", "MIRROR", "RSRV_NOINIT", "RSRV_KERN",
	"KERN", "NOINIT", "KHO_SCRATCH",
	/* EFI */
	"efi", "EFI", "UEFI", "by", "EDK", "II", "not", "found", "runtime", "map", "range", "attr",
	"Loader", "Code", "Data", "Boot", "Runtime", "Conventional", "Reclaim", "Mem", "PAL",
	"Unaccepted", "RUN", "HP", "CC", "SP", "RO", "MR", "NV", "XP", "RP", "WP", "UCE", "WB",
	"WT", "WC", "UC", "SMBIOS", "SMBIOS3", "ACPI20", "RNG", "MEMATTR", "MEMRESERVE", "ESRT",
	"TPMEventLog", "TPMFinalLog", "CCFinalLog", "CCEventLog", "MOKvar", "MPS", "RTPROP",
	"INITRD", "UGA", "HCDP", "PROP", "Processing", "services", "will", "be", "available",
	"disabled", "enabled", "determined", "could",
	/* accounts */
	"rwdata", "init", "cma", "bytes", "objects", "at", "pages", "cpu", "size", "in", "ranges",
	"base", "CMA", "pool", "created", "mapped", "Brought", "up", "CPU", "CPUs", "to",
	"nr_cpu_ids", "nr_cpumask_bits", "nr_node_ids", "NR_CPUS", "from", "restricting", "RCU",
	"ptrval", "____ptrval____",
	/* processor and platform */
	"bare", "hardware", "KVM", "Xen", "PV", "PVH", "HVM", "VMware", "Microsoft", "Hyper", "V",
	"hypervisor", "AMD", "Intel", "SME", "SEV", "ES", "SNP", "TDX", "Passthrough", "Translated",
	"Lazy", "Strict", "lazy", "strict", "mode", "set", "via", "due", "too", "kexec", "Adding",
	"iommu", "group",
	/* crash kernel memory */
	"crashkernel", "Crashkernel", "crahskernel", "Reserving", "reserving", "reserve",
	"Reservation", "reservation", "cannot", "Cannot", "couldn", "t", "allocate", "allocation",
	"failed", "Failed", "fail", "low", "high", "Low", "High", "the", "of", "limit", "value",
	"expected", "after", "unrecognized", "char", "is", "region", "resulted", "zero", "Ignoring",
	"ignoring", "a", "domain", "domU", "Using", "using", "current", "invalid", "Invalid", "as",
	"overlaps", "overlap", "with", "suitable", "area", "no", "No", "and", "try", "more", "than",
	"less", "request", "requested", "offset", "address", "aligned", "misaligned", "Unable",
	"unable", "parse", "option", "disabling", "kdump", "can", "only", "required", "below",
	"above", "under", "MB", "GB", "KB", "KiB", "MiB", "GiB", "K", "M", "G", "B", "kB", "ms",
	"elfcorehdr",
};

/* Options whose value, or whose presence, shapes memory or the boot (Documentation/admin-guide/
 * kernel-parameters.txt, 5.10 to 7.3). '-' and '_' are one. */
static const char *const options[] = {
	"mem", "memmap", "memtest", "memory_hotplug.memmap_on_memory", "memhp_default_state",
	"mem_encrypt", "movable_node", "movablecore", "kernelcore", "numa", "cma", "cma_pernuma",
	"numa_cma", "hugetlb_cma", "hugetlb_cma_only", "hugepages", "hugepagesz",
	"default_hugepagesz", "hugetlb_free_vmemmap", "transparent_hugepage", "log_buf_len",
	"crashkernel", "crash_kexec_post_notifiers", "elfcorehdr", "swiotlb", "iommu",
	"intel_iommu", "amd_iommu", "iommu.passthrough", "iommu.strict", "iommu.forcedac",
	"arm-smmu.disable_bypass", "coherent_pool", "acpi", "acpi_rsdp", "noacpi", "efi", "noefi",
	"add_efi_memmap", "efi_fake_mem", "earlycon", "earlyprintk", "disable_mtrr_trim",
	"disable_mtrr_cleanup", "enable_mtrr_cleanup", "mtrr_chunk_size", "mtrr_gran_size",
	"mtrr_spare_reg_nr", "nopat", "debug_pagealloc", "page_owner", "page_poison",
	"init_on_alloc", "init_on_free", "slub_debug", "slab_debug", "nogbpages", "gbpages",
	"no5lvl", "no4lvl", "rodata", "kfence.sample_interval", "kasan", "kasan.mode", "kmemleak",
	"kvm-arm.mode", "reservelow", "reserve", "reserve_mem", "vmalloc", "vmemmap", "kho",
	"kho_scratch", "no_hash_pointers", "nokaslr", "kaslr", "nopti", "pti", "mitigations",
	"nosmp", "maxcpus", "nr_cpus", "possible_cpus", "nosmt", "nox2apic", "noapic", "nolapic",
	"disable_cpu_apicid", "ramdisk_size", "initrdmem", "noinitrd", "retain_initrd",
	"percpu_alloc", "memory_corruption_check", "trace_buf_size", "reset_devices", "pci",
	"nopci", "tdx", "sev", "console", "loglevel", "quiet", "debug", "ignore_loglevel", "rhgb",
	"splash", "ro", "rw", "panic", "rootwait", "nomodeset", "irqpoll", "bootconfig",
};

void scrub_mask(char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		text[i] = SCRUB_MASK;
	}
}

static bool is_word_byte(char c)
{
	return text_is_alpha(c) || text_is_digit(c) || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_known_word(const char *text, size_t length)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(words); i++) {
		if (strlen(words[i]) == length && !memcmp(words[i], text, length)) {
			return true;
		}
	}
	return false;
}

/* "0x0009fbff" */
static bool is_address(const char *text, size_t length)
{
	static const char digits[] = "0123456789abcdefABCDEF";

	return length > 2 && length <= 2 + HEX_DIGITS_MAX && text[0] == '0' && text[1] == 'x' &&
		strspn(text + 2, digits) >= length - 2;
}

/* "256", "64MB", "14345K", and behind a short name: "mem00", "s101528", "T0", "v2". */
static bool is_figure(const char *text, size_t length)
{
	static const char *const before[] = {"", "mem", "s", "r", "d", "u", "v", "DMA"};
	size_t name = 0, digits = 0;

	while (name < length && !text_is_digit(text[name])) {
		name++;
	}
	while (name + digits < length && text_is_digit(text[name + digits])) {
		digits++;
	}
	if (!digits || digits > DECIMAL_DIGITS_MAX ||
		(name + digits < length &&
			!is_known_word(text + name + digits, length - name - digits))) {
		return false;
	}
	for (size_t i = 0; i < LB_ARRAY_COUNT(before); i++) {
		if (strlen(before[i]) == name && !memcmp(before[i], text, name)) {
			return true;
		}
	}
	return false;
}

/* The length of "10.0.0.1" or "1.2.3" at text: figures with more than one dot between them, which
 * no reader looks for. 0: none. */
static size_t dotted(const char *text)
{
	size_t length = 0;
	unsigned int dots = 0;

	while (text_is_digit(text[length]) ||
		(length && text[length] == '.' && text_is_digit(text[length + 1]))) {
		dots += text[length++] == '.';
	}
	while (dots > 1 && is_word_byte(text[length])) {
		length++;
	}
	return dots > 1 ? length : 0;
}

/* The length of "52:54:00:12:34:56", "fe80:1:2::3", "11-22-33-44" at text: pairs or groups of
 * hexadecimal digits, three or more, with one sign between them. 0: none. */
static size_t grouped(const char *text)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	size_t length = strspn(text, digits);
	char sign = text[length];
	unsigned int groups = 1;

	if (!length || length > 4 || (sign != ':' && sign != '-')) {
		return 0;
	}
	while (text[length] == sign && strspn(text + length + 1, "0123456789abcdefABCDEF:") > 0) {
		length += 1 + strspn(text + length + 1, digits);
		groups++;
	}
	return groups > 3 && !is_word_byte(text[length]) ? length : 0;
}

void scrub_words(char *text)
{
	while (*text) {
		size_t length = dotted(text);

		if (!length) {
			length = grouped(text);
		}
		if (length) {
			scrub_mask(text, length);
			text += length;
			continue;
		}
		while (is_word_byte(text[length])) {
			length++;
		}
		if (length && !is_known_word(text, length) && !is_address(text, length) &&
			!is_figure(text, length)) {
			scrub_mask(text, length);
		}
		text += length ? length : 1;
	}
}

/* What the kernel takes for a blank (lib/cmdline.c, next_arg). */
static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool same_name(const char *name, size_t length, const char *option)
{
	for (size_t i = 0; i < length; i++) {
		char a = name[i] == '-' ? '_' : name[i];
		char b = option[i] == '-' ? '_' : option[i];

		if (a != b) {
			return false;
		}
	}
	return !option[length];
}

static bool is_known_option(const char *name, size_t length)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(options); i++) {
		if (same_name(name, length, options[i])) {
			return true;
		}
	}
	return false;
}

/* Masks all but quotes, which say where words end; true if that changed something. */
static bool mask_value(char *text, size_t length)
{
	bool changed = false;

	for (size_t i = 0; i < length; i++) {
		if (text[i] != '"' && text[i] != SCRUB_MASK) {
			text[i] = SCRUB_MASK;
			changed = true;
		}
	}
	return changed;
}

/* What Linux and its modules name options with. A word of base64 that ends in '=', a URL with a
 * question in it are no names. */
static bool names_an_option(const char *name, size_t length, const char *value, const char *end)
{
	for (size_t i = 0; i < length; i++) {
		if (!text_is_alpha(name[i]) && !text_is_digit(name[i]) && !strchr("._-", name[i])) {
			return false;
		}
	}
	return value < end && *value != '=';
}

/* A word that parts others, and has no value. */
static bool is_sign(const char *word, size_t length)
{
	return (length == 2 && !memcmp(word, "--", 2)) || (length == 1 && *word == '\\');
}

/* One word: "name=value", "name", in quotes or not. The kernel finds "crashkernel=" inside of
 * other words too (kernel/crash_core.c, get_last_crashkernel), so what follows it stays. What is
 * for the first program says nothing by its names. */
static bool scrub_option(char *word, size_t length, bool for_init)
{
	static const char crash[] = "crashkernel=";
	char *end = word + length;
	char *name = word + (*word == '"');
	char *equals = memchr(name, '=', (size_t)(end - name));
	char *found = memmem(name, (size_t)(end - name), crash, sizeof(crash) - 1);
	size_t name_length = (size_t)((equals ? equals : end) - name);

	if (!equals && name_length && name[name_length - 1] == '"') {
		name_length--;
	}
	if (is_known_option(name, name_length) || (!equals && is_sign(name, name_length))) {
		return false;
	}
	if (found && found < name + name_length) {
		return mask_value(name, (size_t)(found - name));
	}
	if (!for_init && equals && names_an_option(name, name_length, equals + 1, end)) {
		name = equals + 1;
	}
	return mask_value(name, (size_t)((found ? found : end) - name));
}

/* From here on words are for the first program (kernel/params.c, parse_args). */
static bool ends_options(const char *word, size_t length)
{
	return (length == 2 && !memcmp(word, "--", 2)) ||
		(length == 4 && !memcmp(word, "\"--\"", 4));
}

size_t scrub_command_line(char *text, size_t length)
{
	size_t whole = strnlen(text, length);
	size_t changed = 0, at = 0;
	bool for_init = false;

	while (at < whole) {
		size_t word = at;
		bool quoted = false;

		for (; at < whole && (quoted || !is_blank(text[at])); at++) {
			quoted ^= text[at] == '"';
		}
		changed += at > word && scrub_option(text + word, at - word, for_init);
		for_init |= ends_options(text + word, at - word);
		while (at < whole && is_blank(text[at])) {
			at++;
		}
	}
	for (at = whole; at < length; at++) {
		text[at] = text[at] ? SCRUB_MASK : 0;
	}
	return changed;
}

/* A builder's name that a distribution uses, "name@". */
static bool is_distribution(const char *builder)
{
	static const char *const builders[] = {"debian-kernel@", "buildd@", "mockbuild@", "geeko@",
		"linux@archlinux", "builder@", "abuild@", "kbuild@", "buildozer@"};

	for (size_t i = 0; i < LB_ARRAY_COUNT(builders); i++) {
		if (text_starts(builder, builders[i])) {
			return true;
		}
	}
	return false;
}

/* A builder's host that tells which distribution it is, and nothing else. */
static bool is_public_host(const char *host, size_t length)
{
	static const char *const domains[] = {"lists.debian.org", ".fedoraproject.org",
		".redhat.com", ".centos.org", ".almalinux.org", ".rockylinux.org", ".oracle.com",
		".ubuntu.com", "archlinux", "buildhost"};

	for (size_t i = 0; i < LB_ARRAY_COUNT(domains); i++) {
		size_t tail = strlen(domains[i]);

		if (length >= tail && !memcmp(host + length - tail, domains[i], tail)) {
			return true;
		}
	}
	return false;
}

void scrub_banner(char *text)
{
	char *open = strchr(text, '(');
	char *end = open ? strchr(open, ')') : NULL;
	char *at = end ? memchr(open, '@', (size_t)(end - open)) : NULL;

	if (!at) {
		return;
	}
	if (!is_distribution(open + 1)) {
		scrub_mask(open + 1, (size_t)(at - open - 1));
		scrub_mask(at + 1, (size_t)(end - at - 1));
	} else if (!is_public_host(at + 1, (size_t)(end - at - 1))) {
		scrub_mask(at + 1, (size_t)(end - at - 1));
	}
}
