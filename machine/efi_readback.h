/* SPDX-License-Identifier: MIT */
/*
 * efi_readback: the memory map that the firmware gave when its boot services ended stays where
 * the loader or the EFI stub put it. boot_params (x86) and the device tree (arm64, riscv64) say
 * where; root can read it there, without a reboot.
 */
#ifndef LIFEBOAT_MACHINE_EFI_READBACK_H
#define LIFEBOAT_MACHINE_EFI_READBACK_H

#include "machine/reader.h"

/*
 * Reads the map through kcore (/proc/kcore, an ELF core whose segments carry physical
 * addresses), else through memory (/dev/mem), and adds it to the reader's files as efi-memmap,
 * with the header that docs/snapshot.md describes. Adds nothing when no map is announced or
 * neither path may be read; what is there but is no map is a problem.
 */
void efi_readback(struct machine_reader *reader, const char *kcore, const char *memory);

#endif
