/* SPDX-License-Identifier: MIT */
/*
 * mounts: room for the dump, and what lies between its file system and the disks, as df and lsblk
 * print it. Of several file systems the one is meant whose mount point is the longest beginning of
 * the dump's directory.
 */
#include <string.h>

#include "machine/dump_target.h"
#include "machine/text.h"

#define DEPTH_MAX 32

size_t machine_mount_covers(const char *directory, const char *mount)
{
	size_t length = strlen(mount);

	if (!directory || *mount != '/') {
		return 0;
	}
	if (length == 1) {
		return 1;
	}
	return !strncmp(directory, mount, length) &&
			       (!directory[length] || directory[length] == '/')
		       ? length
		       : 0;
}

/* Field number index of a line, from 0 on; its length is 0 where there are fewer. */
static const char *field(const char *line, unsigned int index, size_t *ret_length)
{
	const char *at = line;

	text_skip_blanks(&at);
	for (unsigned int i = 0; i < index; i++) {
		at += strcspn(at, " \t");
		text_skip_blanks(&at);
	}
	*ret_length = strcspn(at, " \t");
	return at;
}

/* "/dev/sda1  41152812 3022148 36317936   8% /", in blocks of 1 KiB. */
void machine_read_df(struct machine_reader *reader, struct machine_file *file)
{
	struct lb_machine_target *target = &reader->machine->target;
	size_t best = 0, length;
	char *at = file->data;
	char *line;

	while (text_next_line(&at, file->data + file->size, &line)) {
		const char *available = field(line, 3, &length);
		const char *mount = field(line, 5, &length);
		size_t covered = machine_mount_covers(target->directory, mount);
		uint64_t blocks, bytes;

		if (covered > best && text_decimal(&available, &blocks) && *available == ' ' &&
			lb_mul(blocks, 1024, &bytes)) {
			best = covered;
			target->free_known = true;
			target->free_bytes = bytes;
		}
	}
}

static unsigned int layer_of(const char *type, size_t length)
{
	static const struct {
		const char *type;
		unsigned int layer;
	} layers[] = {{"lvm", LB_LAYER_LVM}, {"crypt", LB_LAYER_CRYPT},
		{"mpath", LB_LAYER_MULTIPATH}};

	for (size_t i = 0; i < LB_ARRAY_COUNT(layers); i++) {
		if (strlen(layers[i].type) == length && !memcmp(layers[i].type, type, length)) {
			return layers[i].layer;
		}
	}
	return text_starts(type, "raid") ? LB_LAYER_RAID : 0;
}

/* The column at which the name begins, and the name: the tree before it is drawn with blanks, '|',
 * '`', '-' or characters beyond ASCII, of which the first byte counts. */
static size_t column_of(const char *line, const char **ret_name)
{
	size_t column = 0;

	for (; *line && !text_is_alpha(*line) && !text_is_digit(*line); line++) {
		column += ((unsigned char)*line & 0xc0) != 0x80;
	}
	*ret_name = line;
	return column;
}

/* The branches above a line, with all layers down to each. */
struct branch {
	size_t column;
	unsigned int layers;
};

/* "└─vg-root 253:0 0 17G 0 lvm /", each line below what it lies on. */
void machine_read_lsblk(struct machine_reader *reader, struct machine_file *file)
{
	struct lb_machine_target *target = &reader->machine->target;
	struct branch branches[DEPTH_MAX];
	size_t depth = 0, best = 0, length;
	char *at = file->data;
	char *line;

	while (text_next_line(&at, file->data + file->size, &line)) {
		const char *name;
		size_t column = column_of(line, &name);
		const char *type = field(name, 5, &length);
		unsigned int layers = layer_of(type, length);
		size_t covered = machine_mount_covers(target->directory, field(name, 6, &length));

		while (depth && branches[depth - 1].column >= column) {
			depth--;
		}
		layers |= depth ? branches[depth - 1].layers : 0;
		if (depth < DEPTH_MAX) {
			branches[depth++] = (struct branch){column, layers};
		}
		if (covered >= best && covered) {
			/* on two disks: what either has */
			target->layers = covered > best ? layers : target->layers | layers;
			best = covered;
			target->layers_known = true;
		}
	}
}
