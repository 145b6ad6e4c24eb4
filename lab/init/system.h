/* SPDX-License-Identifier: MIT */
/*
 * system: Linux as far as a first process without libc needs it. Numbers from the kernel's user
 * space headers (Linux 6.12, arch/x86/entry/syscalls/syscall_64.tbl and
 * include/uapi/asm-generic/unistd.h). Each call returns what the kernel does: negative for -errno.
 */
#ifndef LIFEBOAT_LAB_INIT_SYSTEM_H
#define LIFEBOAT_LAB_INIT_SYSTEM_H

#include "lifeboat/base.h"

/* A directory entry as getdents64 gives it. */
struct system_entry {
	uint64_t inode;
	int64_t offset;
	uint16_t length;
	uint8_t type;
	char name[];
};
#define SYSTEM_TYPE_FOLDER 4

long system_open(const char *path, bool writing);
long system_open_folder(const char *path);
long system_read(long file, void *buffer, size_t bytes);
long system_read_at(long file, void *buffer, size_t bytes, uint64_t offset);
long system_write(long file, const void *buffer, size_t bytes);
void system_close(long file);
long system_list(long folder, void *buffer, size_t bytes);
long system_mount(const char *type, const char *where);
long system_make_folder(const char *path);
/* Locked, filled, private memory; NULL when there is none. */
void *system_memory(uint64_t bytes);
/* What syslog(2) does with `action`. */
long system_log(int action, void *buffer, int bytes);
/* The six texts of uname(2), 65 bytes each. */
long system_names(char names[6][65]);
/* kexec_file_load(2) with KEXEC_FILE_ON_CRASH. */
long system_load_crash(long kernel, long initrd, const char *cmdline);
void system_sleep(unsigned int milliseconds);
/* Off, or with a code where QEMU has a debug-exit port (x86-64). */
_Noreturn void system_end(unsigned int code);

#endif
