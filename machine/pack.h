/* SPDX-License-Identifier: MIT */
/*
 * pack: writes named files into a tar (.tar, .tar.gz, .tgz, .tar.xz, .tar.zst) or a folder,
 * by the output's name. Everything goes to a temporary name beside it first; pack_commit
 * renames, so that a half-written snapshot never has the wanted name.
 */
#ifndef LIFEBOAT_MACHINE_PACK_H
#define LIFEBOAT_MACHINE_PACK_H

#include "machine/machine.h"

struct pack;

/* NULL: error->text says why. An existing tar is replaced at the end; an existing folder must
 * be empty. Files get mode 0600 (tar entries 0644): addresses are not for everybody. */
struct pack *pack_open(const char *output, struct lb_machine_error *error);

/* path is relative, without "..". False: error->text says why; pack_abandon is then due. */
bool pack_add(struct pack *pack, const char *path, const void *data, size_t size);

/* Ends the writing. The name under which the result can be read now, or NULL: error->text says
 * why. pack_commit or pack_abandon is due in either case. */
const char *pack_close(struct pack *pack);

/* After pack_close: gives the result its name, and frees. False: nothing was left behind,
 * error->text says why. */
bool pack_commit(struct pack *pack);

/* Removes what was written, and frees. */
void pack_abandon(struct pack *pack);

#endif
