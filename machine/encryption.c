/* SPDX-License-Identifier: MIT */
/* encryption: which of the kinds that a machine names says the most. */
#include "machine/system.h"

const char *lb_encryption_name(const struct lb_machine_encryption *encryption)
{
	if (encryption->tdx) {
		return "TDX";
	}
	if (encryption->realm) {
		return "an arm64 realm";
	}
	return encryption->sev_snp  ? "SEV-SNP"
	       : encryption->sev_es ? "SEV-ES"
	       : encryption->sev    ? "SEV"
	       : encryption->sme    ? "SME"
				    : NULL;
}
