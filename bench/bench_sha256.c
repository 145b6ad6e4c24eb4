/* SPDX-License-Identifier: MIT */
/*
 * How fast each path of sha256 is here, beside `openssl speed` on the same CPU a moment later.
 * CSV: what, bytes per second, share of OpenSSL's figure. Fails below the share that is promised
 * (60 % with SHA instructions).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lifeboat/sha256.h"

#define BUFFER_BYTES (16 * LB_MIB)
#define PROMISED 0.60

static uint8_t *buffer;

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double bytes_per_second(enum lb_sha256_path path)
{
	uint8_t digest[LB_SHA256_BYTES];
	double start = seconds();
	double spent;
	uint64_t bytes = 0;

	do {
		struct lb_sha256 context;

		lb_sha256_init(&context, path);
		lb_sha256_update(&context, buffer, BUFFER_BYTES);
		lb_sha256_finish(&context, digest);
		bytes += BUFFER_BYTES;
		spent = seconds() - start;
	} while (spent < 1.0);
	return (double)bytes / spent;
}

/* The last line is "sha256  12345.67k": thousands of bytes a second. 0: there is no openssl. */
static double openssl_bytes_per_second(void)
{
	FILE *pipe = popen("openssl speed -evp sha256 -bytes 16384 -seconds 1 2>/dev/null", "r");
	char line[256];
	double found = 0;

	while (pipe && fgets(line, sizeof(line), pipe)) {
		double value;

		if (!strncasecmp(line, "sha256", 6) && sscanf(line + 6, "%lf", &value) == 1) {
			found = value * 1000;
		}
	}
	if (pipe) {
		pclose(pipe);
	}
	return found;
}

int main(void)
{
	enum lb_sha256_path best = lb_sha256_detect();
	double reference = openssl_bytes_per_second();
	double fastest = 0;

	buffer = calloc(1, BUFFER_BYTES);
	if (!buffer) {
		return 1;
	}
	printf("what,bytes_per_second,share_of_openssl\n");
	printf("openssl,%.0f,%s\n", reference, reference > 0 ? "1.00" : "");
	for (int path = LB_SHA256_PORTABLE; path <= LB_SHA256_ARM64_SHA2; path++) {
		if (path == LB_SHA256_PORTABLE || (enum lb_sha256_path)path == best) {
			double found = bytes_per_second((enum lb_sha256_path)path);

			fastest = found > fastest ? found : fastest;
			printf("%s,%.0f,%.2f\n", lb_sha256_path_name((enum lb_sha256_path)path),
				found, reference > 0 ? found / reference : 0);
		}
	}
	free(buffer);
	if (best != LB_SHA256_PORTABLE && reference > 0 && fastest < PROMISED * reference) {
		fprintf(stderr, "sha256: below %.0f %% of openssl\n", PROMISED * 100);
		return 1;
	}
	return 0;
}
