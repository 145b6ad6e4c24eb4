/* SPDX-License-Identifier: MIT */
/* syscalls: see syscalls.h. */
#include "lab/guest/syscalls.h"

#define HERE (-100) /* AT_FDCWD */
#define OPEN_WRITE 1
#define MAP_LOCKED_PRIVATE 0xa022 /* PRIVATE, ANONYMOUS, LOCKED, POPULATE */
#define MAP_PRIVATE 2
#define MAP_READ 1
#define KEXEC_FILE_ON_CRASH 2
#define KEXEC_FILE_NO_INITRAMFS 4
#define REBOOT_MAGIC 0xfee1dead
#define REBOOT_MAGIC_2 672274793
#define REBOOT_POWER_OFF 0x4321fedc
#define DEBUG_EXIT 0xf4
#define TERMINAL_DRAIN 0x5409 /* TCSBRK: what was written has left */

#if defined(__x86_64__)
#define OPEN_FOLDER 0x10000
enum call {
	CALL_READ = 0,
	CALL_WRITE = 1,
	CALL_CLOSE = 3,
	CALL_MMAP = 9,
	CALL_MUNMAP = 11,
	CALL_IOCTL = 16,
	CALL_PREAD = 17,
	CALL_NANOSLEEP = 35,
	CALL_EXECVE = 59,
	CALL_UNAME = 63,
	CALL_SYSLOG = 103,
	CALL_MOUNT = 165,
	CALL_REBOOT = 169,
	CALL_IOPERM = 173,
	CALL_GETDENTS = 217,
	CALL_OPENAT = 257,
	CALL_MKDIRAT = 258,
	CALL_KEXEC_FILE_LOAD = 320,
};

static long call_6(enum call number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
		: "=a"(result)
		: "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
		: "rcx", "r11", "memory");
	return result;
}

static void debug_exit(unsigned int code)
{
	if (!call_6(CALL_IOPERM, DEBUG_EXIT, 4, 1, 0, 0, 0)) {
		__asm__ volatile("outl %0, %1"
			: : "a"(code >> 1), "Nd"((uint16_t)DEBUG_EXIT));
	}
}
#elif defined(__aarch64__)
#define OPEN_FOLDER 0x4000
enum call {
	CALL_IOCTL = 29,
	CALL_MKDIRAT = 34,
	CALL_MOUNT = 40,
	CALL_OPENAT = 56,
	CALL_CLOSE = 57,
	CALL_GETDENTS = 61,
	CALL_READ = 63,
	CALL_WRITE = 64,
	CALL_PREAD = 67,
	CALL_NANOSLEEP = 101,
	CALL_SYSLOG = 116,
	CALL_REBOOT = 142,
	CALL_UNAME = 160,
	CALL_MUNMAP = 215,
	CALL_EXECVE = 221,
	CALL_MMAP = 222,
	CALL_KEXEC_FILE_LOAD = 294,
};

static long call_6(enum call number, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0"
		: "+r"(x0)
		: "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
		: "memory");
	return x0;
}

static void debug_exit(unsigned int code)
{
	(void)code; /* semihosting is not for user space */
}
#else
#error "the lab's init knows x86_64 and arm64"
#endif

static long call(enum call number, long a, long b, long c, long d, long e)
{
	return call_6(number, a, b, c, d, e, 0);
}

long syscall_open(const char *path, bool writing)
{
	return call(CALL_OPENAT, HERE, (long)path, writing ? OPEN_WRITE : 0, 0, 0);
}

long syscall_open_folder(const char *path)
{
	return call(CALL_OPENAT, HERE, (long)path, OPEN_FOLDER, 0, 0);
}

long syscall_read(long file, void *buffer, size_t bytes)
{
	return call(CALL_READ, file, (long)buffer, (long)bytes, 0, 0);
}

long syscall_read_at(long file, void *buffer, size_t bytes, uint64_t offset)
{
	return call(CALL_PREAD, file, (long)buffer, (long)bytes, (long)offset, 0);
}

long syscall_write(long file, const void *buffer, size_t bytes)
{
	return call(CALL_WRITE, file, (long)buffer, (long)bytes, 0, 0);
}

void syscall_close(long file)
{
	call(CALL_CLOSE, file, 0, 0, 0, 0);
}

long syscall_list(long folder, void *buffer, size_t bytes)
{
	return call(CALL_GETDENTS, folder, (long)buffer, (long)bytes, 0, 0);
}

long syscall_mount(const char *type, const char *where)
{
	return call(CALL_MOUNT, (long)type, (long)where, (long)type, 0, 0);
}

long syscall_make_folder(const char *path)
{
	return call(CALL_MKDIRAT, HERE, (long)path, 0755, 0, 0);
}

static bool is_error(long result)
{
	return result < 0 && result > -4096;
}

void *syscall_memory(uint64_t bytes)
{
	long result = call(CALL_MMAP, 0, (long)bytes, 3, MAP_LOCKED_PRIVATE, -1);

	return is_error(result) ? NULL : (void *)result;
}

const void *syscall_map(long file, uint64_t offset, uint64_t bytes)
{
	long result = call_6(CALL_MMAP, 0, (long)bytes, MAP_READ, MAP_PRIVATE, file, (long)offset);

	return is_error(result) ? NULL : (const void *)result;
}

void syscall_unmap(const void *memory, uint64_t bytes)
{
	call(CALL_MUNMAP, (long)memory, (long)bytes, 0, 0, 0);
}

long syscall_log(int action, void *buffer, int bytes)
{
	return call(CALL_SYSLOG, action, (long)buffer, bytes, 0, 0);
}

long syscall_names(char names[6][65])
{
	return call(CALL_UNAME, (long)names, 0, 0, 0, 0);
}

long syscall_load_crash(long kernel, long initrd, const char *cmdline)
{
	long flags = KEXEC_FILE_ON_CRASH | (initrd < 0 ? KEXEC_FILE_NO_INITRAMFS : 0);
	long length = 0;

	while (cmdline[length]) {
		length++;
	}
	return call(CALL_KEXEC_FILE_LOAD, kernel, initrd, length + 1, (long)cmdline, flags);
}

long syscall_exec(char *const *words)
{
	static char *const none[] = {NULL};

	return call(CALL_EXECVE, (long)words[0], (long)words, (long)none, 0, 0);
}

void syscall_sleep(unsigned int milliseconds)
{
	long time[2] = {milliseconds / 1000, milliseconds % 1000 * 1000000L};

	call(CALL_NANOSLEEP, (long)time, 0, 0, 0, 0);
}

_Noreturn void syscall_end(unsigned int code)
{
	call(CALL_IOCTL, 1, TERMINAL_DRAIN, 1, 0, 0);
	debug_exit(code);
	call(CALL_REBOOT, (long)REBOOT_MAGIC, REBOOT_MAGIC_2, REBOOT_POWER_OFF, 0, 0);
	for (;;) {
		syscall_sleep(1000);
	}
}
