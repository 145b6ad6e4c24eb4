/* SPDX-License-Identifier: MIT */
/* output: a file that appears whole under its name, or not at all. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

static bool is_special(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

static FILE *open_temporary(char *template)
{
	mode_t mask = umask(0);
	int descriptor;
	FILE *file;

	umask(mask);
	descriptor = mkstemp(template);
	if (descriptor < 0) {
		return NULL;
	}
	file = fdopen(descriptor, "w");
	if (!file || fchmod(descriptor, 0666 & ~mask)) {
		int saved = errno;

		unlink(template);
		if (file) {
			fclose(file);
		} else {
			close(descriptor);
		}
		errno = saved;
		return NULL;
	}
	return file;
}

bool lb_output_open(struct lb_output *output, const char *path)
{
	*output = (struct lb_output){.path = path};
	if (is_special(path)) {
		output->file = fopen(path, "w");
	} else if (asprintf(&output->temporary, "%s.XXXXXX", path) < 0) {
		output->temporary = NULL;
		errno = ENOMEM;
	} else {
		output->file = open_temporary(output->temporary);
	}
	if (!output->file) {
		lb_complain("cannot write %s: %s", path, strerror(errno));
		free(output->temporary);
		return false;
	}
	return true;
}

bool lb_output_close(struct lb_output *output)
{
	bool written = !ferror(output->file) && !fflush(output->file);

	/* On the disk before it has its name: a crash leaves the old file or the new one. */
	written = written && (!output->temporary || !fsync(fileno(output->file)));
	written = fclose(output->file) == 0 && written;
	if (written && output->temporary) {
		written = rename(output->temporary, output->path) == 0;
	}
	if (!written) {
		lb_complain("cannot write %s: %s", output->path, strerror(errno));
		if (output->temporary) {
			unlink(output->temporary);
		}
	}
	free(output->temporary);
	return written;
}

void lb_output_discard(struct lb_output *output)
{
	fclose(output->file);
	if (output->temporary) {
		unlink(output->temporary);
	}
	free(output->temporary);
}
