/* SPDX-License-Identifier: MIT */
/* image_files: see image_files.h. */
#include "lab/image_files.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The folder of the running program, links followed. */
static bool own_folder(char *buffer, size_t bytes)
{
	ssize_t length = readlink("/proc/self/exe", buffer, bytes - 1);
	char *slash;

	if (length <= 0) {
		return false;
	}
	buffer[length] = '\0';
	slash = strrchr(buffer, '/');
	if (!slash) {
		return false;
	}
	*slash = '\0';
	return true;
}

static bool try_folder(const char *folder, const char *below, enum lb_arch arch, const char *name,
	char *buffer, size_t bytes)
{
	int length = snprintf(
		buffer, bytes, "%s%s/%s/%s", folder, below, lb_arch_name(arch), name);

	return length > 0 && (size_t)length < bytes && !access(buffer, R_OK);
}

bool lab_find_image(enum lb_arch arch, const char *images, const char *name, char *buffer,
	size_t bytes, struct lab_error *error)
{
	/* build/host/lifeboat, build/lifeboat, PREFIX/bin/lifeboat */
	static const char *const places[] = {"/..", "", "/../lib/lifeboat"};
	char folder[3072];

	if (images) {
		if (try_folder(images, "", arch, name, buffer, bytes)) {
			return true;
		}
		error->kind = LAB_ERROR_MISSING;
		lab_fail(error, "there is no %s/%s/%s", images, lb_arch_name(arch), name);
		return false;
	}
	for (size_t i = 0; own_folder(folder, sizeof(folder)) && i < LB_ARRAY_COUNT(places); i++) {
		if (try_folder(folder, places[i], arch, name, buffer, bytes)) {
			return true;
		}
	}
	error->kind = LAB_ERROR_MISSING;
	lab_fail(error, "%s/%s is neither beside the program nor in lib/lifeboat: "
		"'make kernel' builds it, --images says where it is", lb_arch_name(arch), name);
	return false;
}
