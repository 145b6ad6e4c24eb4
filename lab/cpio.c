/* SPDX-License-Identifier: MIT */
/* cpio: see cpio.h. */
#include "lab/cpio.h"

#define NAME_MAX_BYTES 256
#define FIELDS 13

void lab_cpio_init(struct lab_cpio *cpio, struct lb_sink sink)
{
	*cpio = (struct lab_cpio){.sink = sink, .next_inode = 1};
}

static void put_hex(char out[8], uint32_t value)
{
	for (int i = 7; i >= 0; i--) {
		out[i] = "0123456789abcdef"[value & 0xf];
		value >>= 4;
	}
}

/* Headers with their names and contents are padded to four bytes each. */
static void pad(struct lab_cpio *cpio, uint32_t bytes)
{
	lb_sink_write(cpio->sink, "\0\0\0", (4 - bytes % 4) % 4);
}

static void put_header(struct lab_cpio *cpio, const char *name, uint32_t mode, uint32_t size,
	const uint32_t device[2])
{
	char header[6 + FIELDS * 8] = "070701";
	uint32_t name_bytes = 1;
	uint32_t fields[FIELDS] = {cpio->next_inode++, mode, 0, 0, 1, 0, size, 0, 0, device[0],
		device[1]};

	while (name[name_bytes - 1]) {
		name_bytes++;
	}
	LB_ASSERT(name_bytes <= NAME_MAX_BYTES);
	fields[11] = name_bytes;
	for (int i = 0; i < FIELDS; i++) {
		put_hex(header + 6 + i * 8, fields[i]);
	}
	lb_sink_write(cpio->sink, header, sizeof(header));
	lb_sink_write(cpio->sink, name, name_bytes);
	pad(cpio, (uint32_t)sizeof(header) + name_bytes);
}

void lab_cpio_begin(struct lab_cpio *cpio, const char *name, uint32_t mode, uint32_t size)
{
	static const uint32_t no_device[2];

	put_header(cpio, name, mode, size, no_device);
	cpio->open_size = size;
}

void lab_cpio_end(struct lab_cpio *cpio)
{
	pad(cpio, cpio->open_size);
	cpio->open_size = 0;
}

void lab_cpio_folder(struct lab_cpio *cpio, const char *name)
{
	lab_cpio_begin(cpio, name, LAB_CPIO_FOLDER, 0);
	lab_cpio_end(cpio);
}

void lab_cpio_device(struct lab_cpio *cpio, const char *name, uint32_t major, uint32_t minor)
{
	const uint32_t device[2] = {major, minor};

	put_header(cpio, name, LAB_CPIO_DEVICE, 0, device);
}

void lab_cpio_file(
	struct lab_cpio *cpio, const char *name, uint32_t mode, const void *bytes, uint32_t size)
{
	lab_cpio_begin(cpio, name, mode, size);
	lb_sink_write(cpio->sink, bytes, size);
	lab_cpio_end(cpio);
}

void lab_cpio_finish(struct lab_cpio *cpio)
{
	static const uint32_t no_device[2];

	put_header(cpio, "TRAILER!!!", 0, 0, no_device);
}
