/* SPDX-License-Identifier: MIT */
/* request: sizes and suffixes. */
#include "plan/request.h"

#include <stdio.h>

static void add(struct lb_request *request, uint64_t size, const char *suffix)
{
	uint64_t mib = size / LB_MIB + (size % LB_MIB != 0);

	LB_ASSERT(request->count < LB_REQUEST_VALUES_MAX);
	snprintf(request->values[request->count++], sizeof(request->values[0]), "%lluM%s",
		(unsigned long long)mib, suffix);
}

struct lb_request lb_request_of(enum lb_request_form form, uint64_t size, uint64_t cma)
{
	struct lb_request request = {.count = 0};

	add(&request, size, form == LB_REQUEST_PLAIN ? "" : ",high");
	if (form == LB_REQUEST_HIGH_AND_LOW) {
		add(&request, 128 * LB_MIB, ",low");
	} else if (form == LB_REQUEST_HIGH_AND_LITTLE_LOW) {
		add(&request, 72 * LB_MIB, ",low");
	}
	if (cma) {
		add(&request, cma, ",cma");
	}
	return request;
}

struct lb_request lb_request_split(uint64_t size, uint64_t low)
{
	struct lb_request request = {.count = 0};

	add(&request, size, low ? ",high" : "");
	if (low) {
		add(&request, low, ",low");
	}
	return request;
}

const char *lb_request_form_text(enum lb_request_form form)
{
	switch (form) {
	case LB_REQUEST_PLAIN:
		return ", wherever there is room";
	case LB_REQUEST_HIGH:
		return ", in high memory";
	case LB_REQUEST_HIGH_AND_LOW:
	case LB_REQUEST_HIGH_AND_LITTLE_LOW:
		break;
	}
	return ", in high memory, with low memory for the devices that reach no further";
}
