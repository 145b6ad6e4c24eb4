/* SPDX-License-Identifier: MIT */
/* hostile_map: memory maps as broken or malicious firmware could give them. */
#ifndef LIFEBOAT_KERNEL_HOSTILE_MAP_H
#define LIFEBOAT_KERNEL_HOSTILE_MAP_H

/* Spoils boot_info.map as the option hostile-map=KIND says; does nothing without it. A kind that
 * does not exist ends the machine. */
void hostile_map_apply(void);

#endif
