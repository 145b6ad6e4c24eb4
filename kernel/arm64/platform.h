/* SPDX-License-Identifier: MIT */
/* platform: serial port, firmware calls and the counter; set-up before first use. */
#ifndef LIFEBOAT_KERNEL_ARM64_PLATFORM_H
#define LIFEBOAT_KERNEL_ARM64_PLATFORM_H

#include "lifeboat/base.h"

/* Where QEMU's virt board has its PL011: used only to say that the device tree is unreadable. */
#define FALLBACK_SERIAL UINT64_C(0x09000000)

void serial_init(lb_phys_addr registers);
lb_phys_addr serial_phys(void);

/* How firmware is called, from the device tree's /psci node. */
enum psci_conduit { PSCI_NONE, PSCI_HVC, PSCI_SMC };
void psci_init(enum psci_conduit conduit);
enum psci_conduit psci_conduit(void);

/* A PSCI function with up to three arguments (Arm DEN 0022F). Negative: refused. */
int64_t psci_call(uint32_t function, uint64_t a, uint64_t b, uint64_t c);

#define PSCI_CPU_ON 0xc4000003
#define PSCI_AFFINITY_INFO 0xc4000004
#define PSCI_SYSTEM_OFF 0x84000008
#define PSCI_SYSTEM_RESET 0x84000009

/* What a trap at semihosting_call comes to: there is no semihosting, so the machine resets. */
_Noreturn void machine_reset(void);

#endif
