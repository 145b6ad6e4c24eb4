/* SPDX-License-Identifier: MIT */
/*
 * log_boots: a log may hold several boots: a journal without -b, a system's log of weeks, two files
 * put together. A boot begins with the kernel's banner, or, where that is lost, where the time
 * stamps go back.
 */
#include "machine/log.h"

#define BOOTS_MAX 32
#define COMMAND_LINE_REACH (64 * LB_KIB) /* behind its first line a boot shows its command line */
#define LINE_REACH 4096                  /* records of the journal in JSON are long */
#define STAMP_REACH 128                  /* a syslog prefix and the stamp end before */
#define STAMP_DISORDER 1000000           /* microseconds; lines of several CPUs change places */

static const char banner[] = "Linux version ";

struct boot {
	char *start;
	char *banner; /* the line that has it; NULL lost */
};

struct boots {
	struct boot boot[BOOTS_MAX]; /* a ring of the last ones */
	size_t count;                /* of all */
	char *begin, *end;           /* of the log */

	/* While they are looked for. */
	uint64_t latest; /* time stamp in the boot in hand, microseconds */
};

static char *line_end(char *line, char *end)
{
	char *newline = memchr(line, '\n', (size_t)(end - line));

	return newline ? newline : end;
}

/* What the kernel printed in a line, as it will be read. The line itself stays as it is. */
static const char *text_of(const char *line, const char *end, char copy[LINE_REACH])
{
	size_t reach = (size_t)lb_min((uint64_t)(end - line), LINE_REACH - 1);
	const char *newline = memchr(line, '\n', reach);
	size_t length = newline ? (size_t)(newline - line) : reach;

	memcpy(copy, line, length);
	copy[length] = 0;
	log_unpack(copy);
	return log_strip(copy);
}

static bool line_says(const char *line, const char *end, const char *phrase)
{
	char copy[LINE_REACH];

	return text_starts(text_of(line, end, copy), phrase);
}

/* The first line in [from, end), which is a piece of the log, that begins with the phrase. */
static char *find_line(const struct boots *boots, char *from, char *end, const char *phrase)
{
	size_t length = strlen(phrase);
	char *at = from;

	while (at < end && (at = memmem(at, (size_t)(end - at), phrase, length))) {
		/* What stands before the kernel's words is never longer than this. */
		char *reach = at - boots->begin > LINE_REACH ? at - LINE_REACH : boots->begin;
		char *line = memrchr(reach, '\n', (size_t)(at - reach));

		line = line ? line + 1 : reach;
		if (line >= from && (line > reach || reach == boots->begin) &&
			line_says(line, end, phrase)) {
			return line;
		}
		at += length;
	}
	return NULL;
}

/* "[    0.000000]": seconds and microseconds since that kernel began; NULL: not one. */
static const char *read_stamp(const char *p, const char *end, uint64_t *ret)
{
	uint64_t value = 0;
	size_t digits = 0;

	for (p++; p < end && *p == ' '; p++) {
	}
	for (; p < end && text_is_digit(*p) && digits < 10; p++, digits++) {
		value = value * 10 + (uint64_t)(*p - '0');
	}
	if (!digits || end - p < 8 || *p != '.' || p[7] != ']') {
		return NULL;
	}
	for (int i = 1; i <= 6; i++) {
		if (!text_is_digit(p[i])) {
			return NULL;
		}
		value = value * 10 + (uint64_t)(p[i] - '0');
	}
	*ret = value;
	return p + 8;
}

/* A stamp within what is taken off the line; other programs' words may hold figures too. */
static bool stamp_of(const char *line, const char *stop, uint64_t *ret)
{
	const char *reach = stop - line > STAMP_REACH ? line + STAMP_REACH : stop;
	const char *at = line;

	while ((at = memchr(at, '[', (size_t)(reach - at)))) {
		char copy[LINE_REACH];

		if (read_stamp(at, stop, ret)) {
			return at == line ||
				text_of(line, reach, copy) - copy > at - line;
		}
		at++;
	}
	return false;
}

static struct boot *last_boot(struct boots *boots)
{
	return boots->count ? &boots->boot[(boots->count - 1) % BOOTS_MAX] : NULL;
}

static void begin_boot(struct boots *boots, char *line, bool has_banner)
{
	struct boot *last = last_boot(boots);

	/* Firmware, decompressor and "Booting Linux on physical CPU" come before the banner. */
	if (has_banner && last && !last->banner && boots->latest <= STAMP_DISORDER) {
		last->banner = line;
		return;
	}
	boots->boot[boots->count++ % BOOTS_MAX] = (struct boot){
		.start = line, .banner = has_banner ? line : NULL};
	boots->latest = 0;
}

static void find_boots(struct boots *boots)
{
	char *next_banner = find_line(boots, boots->begin, boots->end, banner);
	char *stop;

	for (char *line = boots->begin; line < boots->end; line = stop + 1) {
		bool has_banner = line == next_banner;
		uint64_t stamp = 0;
		bool stamped;

		stop = line_end(line, boots->end);
		stamped = stamp_of(line, stop, &stamp);
		if (has_banner || !boots->count ||
			(stamped && stamp + STAMP_DISORDER < boots->latest)) {
			begin_boot(boots, line, has_banner);
		}
		if (has_banner) {
			next_banner = stop < boots->end
				? find_line(boots, stop + 1, boots->end, banner) : NULL;
		}
		boots->latest = stamped ? lb_max(boots->latest, stamp) : boots->latest;
	}
}

/* The command line names the core header of the kernel that crashed (kernel/crash_dump.c), or the
 * device tree does. */
static bool is_capture_kernel(const char *start, const char *end)
{
	size_t length = (size_t)lb_min((uint64_t)(end - start), COMMAND_LINE_REACH);

	return memmem(start, length, " elfcorehdr=", 12) ||
		memmem(start, length, LOG_CAPTURE_KERNEL, strlen(LOG_CAPTURE_KERNEL));
}

static bool shows_cmdline(
	const struct boots *boots, const struct boot *boot, char *end, const char *cmdline)
{
	static const char prefix[] = "Kernel command line: ";
	size_t reach = (size_t)lb_min((uint64_t)(end - boot->start), COMMAND_LINE_REACH);
	char *line = find_line(boots, boot->start, boot->start + reach, prefix);
	size_t length = strlen(cmdline);
	char copy[LINE_REACH];
	const char *text;

	if (!line) {
		return false;
	}
	text = text_of(line, end, copy) + sizeof(prefix) - 1;
	while (length && cmdline[length - 1] == ' ') {
		length--;
	}
	return !strncmp(text, cmdline, length) && !text[length + strspn(text + length, " ")];
}

/* The greatest is read. The running kernel's own boot comes before a later one of another (a file
 * that was put together in another order); a boot that lost its beginning comes last. */
static unsigned int worth(
	const struct log_reader *log, const struct boots *boots, const struct boot *boot, char *end)
{
	const struct lb_machine *machine = log->machine;
	unsigned int sum = is_capture_kernel(boot->start, end) ? 0 : 8;

	if (boot->banner) {
		sum += 4;
		if (machine->kernel.banner &&
			line_says(boot->banner, end, machine->kernel.banner)) {
			sum += 2;
		}
		if (machine->boot.cmdline &&
			shows_cmdline(boots, boot, end, machine->boot.cmdline)) {
			sum += 1;
		}
	}
	return sum;
}

static unsigned int line_number(const struct boots *boots, const char *line)
{
	unsigned int number = 1;

	for (const char *p = boots->begin; p < line; p++) {
		number += *p == '\n';
	}
	return number;
}

/* True if lines of several boots stand between each other: two kinds at least of what a kernel says
 * once. One line that came twice is no second boot. */
static bool is_mixed(
	const struct boots *boots, struct log_piece piece, struct log_mixture *ret)
{
	static const char *const once[] = {"Zone ranges:", "Early memory node ranges",
		"BIOS-provided physical RAM map:", "Memory: "};
	unsigned int kinds = 0;

	for (size_t i = 0; i < LB_ARRAY_COUNT(once); i++) {
		char *end = piece.end;
		char *first = find_line(boots, piece.start, end, once[i]);
		char *second = first ? find_line(boots, line_end(first, end), end, once[i]) : NULL;

		if (second) {
			kinds++;
			*ret = (struct log_mixture){once[i], line_number(boots, first),
				line_number(boots, second)};
		}
	}
	return kinds > 1;
}

static struct log_piece piece_of(const struct boots *boots, size_t index)
{
	bool last = index + 1 == boots->count;

	return (struct log_piece){boots->boot[index % BOOTS_MAX].start,
		last ? boots->end : boots->boot[(index + 1) % BOOTS_MAX].start};
}

/* Those before the chosen one from the last to the first, then those behind it. */
static void list_others(
	const struct boots *boots, size_t oldest, size_t chosen, struct log_choice *ret)
{
	struct log_mixture unused;

	for (size_t n = 1; n < boots->count - oldest; n++) {
		bool before = n <= chosen - oldest;
		size_t index = before ? chosen - n : oldest + n;
		struct log_piece piece = piece_of(boots, index);

		if (ret->other_count < LB_OTHER_BOOTS_MAX &&
			boots->boot[index % BOOTS_MAX].banner &&
			!is_capture_kernel(piece.start, piece.end) &&
			!is_mixed(boots, piece, &unused)) {
			ret->others[ret->other_count++] = piece;
		}
	}
}

bool log_choose_boot(struct log_reader *log, struct log_piece whole, struct log_choice *ret)
{
	struct boots boots = {.begin = whole.start, .end = whole.end};
	unsigned int best = 0;
	size_t oldest, chosen = 0;

	*ret = (struct log_choice){.boot = whole};
	find_boots(&boots);
	oldest = boots.count > BOOTS_MAX ? boots.count - BOOTS_MAX : 0;
	for (size_t i = boots.count; i-- > oldest;) {
		struct log_piece piece = piece_of(&boots, i);
		unsigned int value = worth(log, &boots, &boots.boot[i % BOOTS_MAX], piece.end);

		if (value > best || i + 1 == boots.count) {
			best = value;
			chosen = i;
			ret->boot = piece;
		}
	}
	for (char *p = boots.begin; p < ret->boot.start; p++) {
		log->line += *p == '\n';
	}
	if (is_mixed(&boots, ret->boot, &ret->mixed)) {
		return false;
	}
	log->reader->log_of_capture_kernel = is_capture_kernel(ret->boot.start, ret->boot.end);
	list_others(&boots, oldest, chosen, ret);
	if (boots.count > 1) {
		machine_remark(log->reader, machine_at_line(log->path, log->line + 1),
			"the log holds %zu boots; number %zu, from this line on, is read",
			boots.count, chosen + 1);
	}
	return true;
}
