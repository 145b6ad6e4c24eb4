/* SPDX-License-Identifier: MIT */
/* psci: what purgatory asks firmware for; for assembler too. */
#ifndef LIFEBOAT_PURGATORY_ARM64_PSCI_H
#define LIFEBOAT_PURGATORY_ARM64_PSCI_H

#define PSCI_SYSTEM_RESET 0x84000009 /* Arm DEN0022, 5.1.11 */

#endif
