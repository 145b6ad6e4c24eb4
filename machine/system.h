/* SPDX-License-Identifier: MIT */
/* system: which kernel runs, and on what processors. */
#ifndef LIFEBOAT_MACHINE_SYSTEM_H
#define LIFEBOAT_MACHINE_SYSTEM_H

#include "lifeboat/base.h"

struct lb_machine_kernel {
	const char *release;     /* "6.1.0-50-cloud-amd64"; "" unknown */
	const char *banner;      /* the "Linux version ..." line; "" unknown */
	uint32_t page_size;      /* 4096, 16384, 65536; 0 unknown */
	uint64_t image_bytes;    /* code, data, init and bss of the "Memory:" line; 0 unknown */
	bool kaslr_known, kaslr; /* randomisation of its place, on or off in this boot */
};

struct lb_machine_cpu {
	int count;                   /* online, from cpuinfo or the log; 0 unknown */
	int possible;                /* nr_cpu_ids in the log; 0 unknown */
	bool gbpages_known, gbpages; /* CPU flag pdpe1gb */
	bool la57_known, la57;       /* five-level paging in use */
	bool hypervisor;             /* a hypervisor is named in log or cpuinfo */
	bool xen_pv;
};

/* Memory encryption that the log names. */
struct lb_machine_encryption {
	bool sme, sev, sev_es, sev_snp, tdx, realm;
};

#endif
