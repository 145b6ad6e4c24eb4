/* SPDX-License-Identifier: MIT */
/* release: vendors, and versions out of bounds. */
#include "plan/release.h"

#define MAJOR(version) ((version) >> 24)
#define MINOR(version) ((version) >> 16 & 0xff)

/* Without memory for a text the answer is as uncertain, and says less why. */
static void assume(struct lb_model *model, enum lb_weight weight, const char *reason)
{
	lb_model_assume_as(model, weight, reason ? reason : "this kernel's rules are not known");
}

static void doubt_version(struct lb_model *model)
{
	uint32_t last = LB_LINUX_MODELLED_UNTIL - LB_LINUX(0, 1, 0);

	model->outside = model->version < LB_LINUX_MODELLED_SINCE ||
			 model->version >= LB_LINUX_MODELLED_UNTIL;
	if (model->outside) {
		assume(model, LB_WEIGHT_ALL,
			lb_arena_printf(model->arena,
				"Linux %u.%u is outside of what is modelled, which is %u.%u to "
				"%u.%u: the rules of the nearest version are taken for its own",
				MAJOR(model->version), MINOR(model->version),
				MAJOR(LB_LINUX_MODELLED_SINCE), MINOR(LB_LINUX_MODELLED_SINCE),
				MAJOR(last), MINOR(last)));
	}
}

static void doubt_vendor(struct lb_model *model, const char *release)
{
	const struct lb_linux_vendor *vendor = model->vendor;

	if (vendor && vendor->as_upstream) {
		return;
	}
	model->foreign_rules = true;
	if (vendor) {
		assume(model, LB_WEIGHT_MARGIN,
			lb_arena_printf(model->arena,
				"this is a kernel of %s: the vendor may have changed what it takes "
				"before it reserves, and how it reserves, beyond what is known",
				vendor->name));
	} else {
		assume(model, LB_WEIGHT_MARGIN,
			lb_arena_printf(model->arena,
				"nothing is known of kernels that are marked as %.80s is: whoever "
				"built it may have changed how it reserves", release));
	}
}

void lb_model_take_release(struct lb_model *model, const char *release)
{
	model->vendor = lb_linux_vendor(release);
	doubt_version(model);
	doubt_vendor(model, release);
}
