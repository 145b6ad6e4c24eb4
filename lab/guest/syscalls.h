/* SPDX-License-Identifier: MIT */
/*
 * syscalls: Linux as far as a first process without libc needs it. Numbers from the kernel's user
 * space headers (Linux 6.12, arch/x86/entry/syscalls/syscall_64.tbl and
 * include/uapi/asm-generic/unistd.h). Each call returns what the kernel does: negative for -errno.
 */
#ifndef LIFEBOAT_LAB_GUEST_SYSCALLS_H
#define LIFEBOAT_LAB_GUEST_SYSCALLS_H

#include "lifeboat/base.h"

/* A directory entry as getdents64 gives it. */
struct syscall_entry {
	uint64_t inode;
	int64_t offset;
	uint16_t length;
	uint8_t type;
	char name[];
};
#define SYSCALL_TYPE_FOLDER 4
#define SYSCALL_TYPE_FILE 8

long syscall_open(const char *path, bool writing);
long syscall_open_folder(const char *path);
long syscall_read(long file, void *buffer, size_t bytes);
long syscall_read_at(long file, void *buffer, size_t bytes, uint64_t offset);
long syscall_write(long file, const void *buffer, size_t bytes);
void syscall_close(long file);
long syscall_list(long folder, void *buffer, size_t bytes);
long syscall_mount(const char *type, const char *where);
long syscall_make_folder(const char *path);
/* Locked, filled, private memory; NULL when there is none. */
void *syscall_memory(uint64_t bytes);
/* Bytes of a file from offset on, a multiple of the page size; NULL if they cannot be mapped. */
const void *syscall_map(long file, uint64_t offset, uint64_t bytes);
void syscall_unmap(const void *memory, uint64_t bytes);
/* What syslog(2) does with `action`. */
long syscall_log(int action, void *buffer, int bytes);
/* The six texts of uname(2), 65 bytes each. */
long syscall_names(char names[6][65]);
/* kexec_file_load(2) with KEXEC_FILE_ON_CRASH. */
long syscall_load_crash(long kernel, long initrd, const char *cmdline);
/* Becomes the program words[0]; words ends with NULL. Returns where it cannot. */
long syscall_exec(char *const *words);
void syscall_sleep(unsigned int milliseconds);
/* Off, or with a code where QEMU has a debug-exit port (x86-64). */
_Noreturn void syscall_end(unsigned int code);

#endif
