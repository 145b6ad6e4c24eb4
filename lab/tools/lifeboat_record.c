/* SPDX-License-Identifier: MIT */
/*
 * lifeboat-record: records machines for tests/oracle (docs/recording.md): one boot without
 * crashkernel=, the machine, and one boot for each value asked for, a case.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab/linux_image.h"
#include "lab/linux_initrd.h"
#include "lab/qemu_machine.h"
#include "lab/machine_recorder.h"
#include "lifeboat/json.h"

#define VALUES_MAX 64
#define PATH_BYTES 4096

enum { EXIT_GOOD, EXIT_BAD_NEWS, EXIT_USAGE, EXIT_INPUT, EXIT_REFUSED };

struct options {
	struct lab_recorder_spec spec;
	const char *memory;
	const char *output;
	const char *append;
	const char *initrd; /* only write the file system there */
	const char *crashkernel[VALUES_MAX];
	size_t count;
	unsigned long id;
	bool verbose;
};

static const char help[] =
	"Usage: lifeboat-record --kernel IMAGE --output DIR [OPTION]...\n\n"
	"Boots a distribution's kernel in QEMU and records the machine as it shows it, once\n"
	"without crashkernel= and once for each value given.\n\n"
	"  -k, --kernel IMAGE       a bzImage, or an uncompressed arm64 Image\n"
	"  -o, --output DIR         gets machines/, after/ and cases.jsonl\n"
	"  -i, --id N               number of the machine; its cases count up from there (9000)\n"
	"  -c, --crashkernel VALUE  a case (may be repeated)\n"
	"  -m, --memory SIZE        RAM, as 4G or 768M (2G)\n"
	"  -n, --cpus N             CPUs (2)\n"
	"  -a, --append TEXT        more of the command line (nokaslr)\n"
	"      --machine TEXT       QEMU's -machine\n"
	"      --firmware FILE      QEMU's -bios (OVMF.fd)\n"
	"  -t, --timeout SECONDS    how long a boot may take (120)\n"
	"      --write-initrd FILE  only write the first file system, for another machine\n"
	"  -v, --verbose            show the console\n"
	"  -h, --help               this text\n\n"
	"Exit status: 0 all recorded; 1 a kernel did not come up; 2 wrong usage; 3 input;\n"
	"4 the system refused. Example:\n"
	"  lifeboat-record -k /boot/vmlinuz -o /tmp/recorded -m 4G -c 256M -c 1G,high\n";

_Noreturn void lb_assert_failed(const char *expression, const char *file, int line)
{
	fprintf(stderr, "lifeboat-record: %s:%d: assertion failed: %s\n", file, line, expression);
	abort();
}

static void show_line(void *context, const char *line)
{
	(void)context;
	fprintf(stderr, "| %s\n", line);
}

static bool parse_size(const char *text, uint64_t *ret)
{
	char *end;
	uint64_t factor;

	errno = 0;
	*ret = strtoull(text, &end, 10);
	factor = *end == 'M' ? LB_MIB : *end == 'G' ? LB_GIB : 0;
	return !errno && end != text && factor && !end[1] && lb_mul(*ret, factor, ret) && *ret;
}

static bool parse_count(const char *text, unsigned long high, unsigned long *ret)
{
	char *end;

	errno = 0;
	*ret = strtoul(text, &end, 10);
	return !errno && end != text && !*end && text[0] != '-' && *ret && *ret <= high;
}

static bool take_number(struct options *options, int letter)
{
	unsigned long value = 0;
	bool good;

	if (letter == 'm') {
		options->memory = optarg;
		return parse_size(optarg, &options->spec.memory_bytes);
	}
	good = parse_count(optarg, letter == 'n' ? 64 : letter == 't' ? 86400 : 1000000000, &value);
	if (letter == 'n') {
		options->spec.cpus = (unsigned int)value;
	} else if (letter == 't') {
		options->spec.timeout_ms = (unsigned int)value * 1000;
	} else {
		options->id = value;
	}
	return good;
}

static bool take(struct options *options, int letter)
{
	switch (letter) {
	case 'k':
		options->spec.kernel = optarg;
		return true;
	case 'o':
		options->output = optarg;
		return true;
	case 'c':
		if (options->count < VALUES_MAX) {
			options->crashkernel[options->count++] = optarg;
		}
		return true;
	case 'a':
		options->append = optarg;
		return true;
	case 'M':
		options->spec.machine = optarg;
		return true;
	case 'F':
		options->spec.firmware = optarg;
		return true;
	case 'W':
		options->initrd = optarg;
		return true;
	case 'v':
		options->spec.line = show_line;
		return true;
	case 'm':
	case 'n':
	case 't':
	case 'i':
		return take_number(options, letter);
	default:
		return false;
	}
}

static bool parse(struct options *options, int argc, char **argv)
{
	static const struct option longs[] = {{"kernel", 1, NULL, 'k'}, {"output", 1, NULL, 'o'},
		{"id", 1, NULL, 'i'}, {"crashkernel", 1, NULL, 'c'}, {"memory", 1, NULL, 'm'},
		{"cpus", 1, NULL, 'n'}, {"append", 1, NULL, 'a'}, {"machine", 1, NULL, 'M'},
		{"firmware", 1, NULL, 'F'}, {"write-initrd", 1, NULL, 'W'},
		{"timeout", 1, NULL, 't'}, {"verbose", 0, NULL, 'v'},
		{"help", 0, NULL, 'h'}, {NULL, 0, NULL, 0}};
	int letter;

	while ((letter = getopt_long(argc, argv, "k:o:i:c:m:n:a:t:vh", longs, NULL)) != -1) {
		if (letter == 'h') {
			fputs(help, stdout);
			exit(EXIT_GOOD);
		}
		if (!take(options, letter)) {
			return false;
		}
	}
	return optind == argc && options->spec.kernel && (options->output || options->initrd);
}

/* The text after "[    0.123456] ". */
static const char *without_time(const char *line)
{
	const char *end = *line == '[' ? strstr(line, "] ") : NULL;

	return end ? end + 2 : line;
}

static void write_log_lines(struct lb_json *json, const struct lab_recording *recording)
{
	const struct lab_recorded_file *log = lab_recording_find(recording, "dmesg");
	char *text = log ? strdup((const char *)log->bytes) : NULL;
	char *rest = NULL;

	lb_json_begin_array(json, LB_JSON_LINE);
	for (char *line = text ? strtok_r(text, "\n", &rest) : NULL; line;
		line = strtok_r(NULL, "\n", &rest)) {
		const char *said = without_time(line);

		if (strcasestr(said, "crashkernel") && !strcasestr(said, "command line")) {
			lb_json_string(json, said);
		}
	}
	lb_json_end(json);
	free(text);
}

/* The ranges of /proc/iomem that have this name. */
static void write_ranges(
	struct lb_json *json, const struct lab_recording *recording, const char *name)
{
	const struct lab_recorded_file *iomem = lab_recording_find(recording, "proc/iomem");
	const char *line = iomem ? (const char *)iomem->bytes : "";

	lb_json_begin_array(json, LB_JSON_LINE);
	for (; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		char first[20];
		char last[20];
		char owner[64];

		if (sscanf(line, " %19[0-9a-f]-%19[0-9a-f] : %63[^\n]", first, last, owner) == 3 &&
			!strcmp(owner, name)) {
			lb_json_begin_array(json, LB_JSON_LINE);
			lb_json_string(json, first);
			lb_json_string(json, last);
			lb_json_end(json);
		}
	}
	lb_json_end(json);
}

static void write_file_text(
	struct lb_json *json, const struct lab_recording *recording, const char *name)
{
	const struct lab_recorded_file *file = lab_recording_find(recording, name);
	char text[64] = "";

	if (file) {
		snprintf(text, sizeof(text), "%s", (const char *)file->bytes);
		text[strcspn(text, "\n")] = '\0';
	}
	lb_json_string(json, file ? text : NULL);
}

static void to_file(void *context, const char *text, size_t length)
{
	fwrite(text, 1, length, context);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void write_string(struct lb_json *json, const char *key, const char *text)
{
	lb_json_key(json, key);
	lb_json_string(json, text);
}

/* A line of cases.jsonl; recording is NULL for a kernel that never came up. */
static void write_case(FILE *file, const struct options *options, const char *id,
	const char *machine, const struct lab_recording *recording)
{
	static const struct lab_recording nothing;
	const struct lab_recorder_spec *spec = &options->spec;
	struct lb_json json;

	lb_json_init(&json, (struct lb_sink){to_file, file});
	lb_json_begin_object(&json, LB_JSON_LINE);
	write_string(&json, "id", id);
	write_string(&json, "machine", machine);
	write_string(&json, "arch", lb_arch_name(spec->arch));
	write_string(&json, "kernel", base_name(spec->kernel));
	write_string(&json, "firmware", spec->firmware ? base_name(spec->firmware)
			: spec->arch == LB_ARCH_X86_64 ? "seabios" : "direct-dt");
	write_string(&json, "qemu_machine",
		spec->machine ? spec->machine : lab_qemu_machine_of(spec->arch)->machine);
	write_string(&json, "memory", options->memory);
	lb_json_key(&json, "efi_debug");
	lb_json_bool(&json, strstr(spec->cmdline, "efi=debug") != NULL);
	lb_json_key(&json, "kaslr");
	lb_json_bool(&json, !strstr(spec->cmdline, "nokaslr"));
	write_string(&json, "cmdline", spec->cmdline);
	lb_json_key(&json, "hangs");
	lb_json_bool(&json, !recording);
	recording = recording ? recording : &nothing;
	lb_json_key(&json, "crash");
	write_ranges(&json, recording, "Crash kernel");
	lb_json_key(&json, "crash_cma");
	write_ranges(&json, recording, "Crash kernel (CMA)");
	lb_json_key(&json, "kernel_log");
	write_log_lines(&json, recording);
	lb_json_key(&json, "kexec_crash_size");
	write_file_text(&json, recording, "sys/kernel/kexec_crash_size");
	lb_json_end(&json);
}

static bool make_folder(const char *output, const char *below, char path[PATH_BYTES])
{
	snprintf(path, PATH_BYTES, "%s%s", output, below);
	if (!mkdir(path, 0777) || errno == EEXIST) {
		return true;
	}
	fprintf(stderr, "lifeboat-record: cannot make %s: %s\n", path, strerror(errno));
	return false;
}

/* Boots with the value (NULL: the machine itself). Returns an exit status. */
static int record_one(struct options *options, const char *value, const char *id,
	const char *machine, FILE *cases)
{
	struct lab_recording recording;
	struct lab_error error = {0};
	char cmdline[1024];
	char path[PATH_BYTES];
	bool hangs;
	bool recorded;

	snprintf(cmdline, sizeof(cmdline), "console=%s panic=-1%s%s%s%s",
		lab_qemu_machine_of(options->spec.arch)->console, options->append[0] ? " " : "",
		options->append, value ? " crashkernel=" : "", value ? value : "");
	options->spec.cmdline = cmdline;
	fprintf(stderr, "%s: %s\n", id, cmdline);
	recorded = lab_record_machine(&options->spec, &recording, &hangs, &error);
	if (recorded) {
		snprintf(path, sizeof(path), "%s/%s/%s.tar.gz", options->output,
			value ? "after" : "machines", id);
		recorded = lab_recording_write(&recording, path, &error);
	}
	if (!recorded) {
		fprintf(stderr, "lifeboat-record: %s: %s\n", id, error.text);
	}
	if (value && (recorded || hangs)) {
		write_case(cases, options, id, machine, recorded ? &recording : NULL);
	}
	lab_recording_free(&recording);
	return recorded ? EXIT_GOOD : error.kind == LAB_ERROR_MISSING ? EXIT_INPUT : EXIT_BAD_NEWS;
}

/* For a machine that is not QEMU's: its console brings the recording. */
static int write_initrd(const struct options *options)
{
	struct lab_linux_initrd initrd = {.arch = options->spec.arch};
	struct lab_error error = {0};
	int descriptor = lab_linux_initrd_make(&initrd, &error);
	FILE *file = descriptor < 0 ? NULL : fopen(options->initrd, "w");
	char block[4096];
	ssize_t got;

	if (descriptor >= 0 && !file) {
		lab_fail(&error, "cannot write %s: %s", options->initrd, strerror(errno));
	}
	for (off_t at = 0; file && (got = pread(descriptor, block, sizeof(block), at)) > 0;
		at += got) {
		fwrite(block, 1, (size_t)got, file);
	}
	if (file && fclose(file)) {
		lab_fail(&error, "cannot write %s: %s", options->initrd, strerror(errno));
	}
	if (descriptor >= 0) {
		close(descriptor);
	}
	if (error.text[0]) {
		fprintf(stderr, "lifeboat-record: %s\n", error.text);
	}
	if (error.kind == LAB_ERROR_MISSING) {
		return EXIT_INPUT;
	}
	return error.text[0] ? EXIT_REFUSED : EXIT_GOOD;
}

static int record_all(struct options *options, FILE *cases)
{
	const char *arch = lb_arch_name(options->spec.arch);
	char machine[64];
	char id[64];
	int status;

	snprintf(machine, sizeof(machine), "%s-%lu", arch, options->id);
	status = record_one(options, NULL, machine, machine, cases);
	for (size_t i = 0; !status && i < options->count; i++) {
		int own;

		snprintf(id, sizeof(id), "%s-%lu", arch, options->id + 1 + i);
		own = record_one(options, options->crashkernel[i], id, machine, cases);
		status = own > status ? own : status;
	}
	return status;
}

int main(int argc, char **argv)
{
	struct options options = {.memory = "2G", .append = "nokaslr", .id = 9000,
		.spec = {.memory_bytes = 2 * LB_GIB, .cpus = 2, .timeout_ms = 120000}};
	struct lab_error error = {0};
	struct lab_linux_image image;
	char path[PATH_BYTES];
	FILE *cases;
	int status;

	if (!parse(&options, argc, argv)) {
		fputs("Try 'lifeboat-record --help'.\n", stderr);
		return EXIT_USAGE;
	}
	if (!lab_linux_image_identify(options.spec.kernel, &image, &error)) {
		fprintf(stderr, "lifeboat-record: %s\n", error.text);
		return EXIT_INPUT;
	}
	options.spec.arch = image.arch;
	if (options.initrd) {
		return write_initrd(&options);
	}
	if (!make_folder(options.output, "", path) ||
		!make_folder(options.output, "/machines", path) ||
		!make_folder(options.output, "/after", path)) {
		return EXIT_REFUSED;
	}
	snprintf(path, sizeof(path), "%s/cases.jsonl", options.output);
	cases = fopen(path, "a");
	if (!cases) {
		fprintf(stderr, "lifeboat-record: cannot write %s: %s\n", path, strerror(errno));
		return EXIT_REFUSED;
	}
	status = record_all(&options, cases);
	if (fclose(cases)) {
		fprintf(stderr, "lifeboat-record: cannot write %s: %s\n", path, strerror(errno));
		return EXIT_REFUSED;
	}
	return status;
}
