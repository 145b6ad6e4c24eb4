/* SPDX-License-Identifier: MIT */
/* A size for people: what to ask for, what it is made of, what others say. */
#include <stdlib.h>

#include "plan/size/give_back.h"
#include "render/out.h"
#include "render/paper.h"
#include "render/size.h"

/* Whole MiB, up: what is needed must not look smaller than it is. */
static unsigned long long mib_up(uint64_t bytes)
{
	return bytes / LB_MIB + (bytes % LB_MIB != 0);
}

static const char *place_of(const struct lb_size_term *term)
{
	switch (term->place) {
	case LB_PLACE_LOW:
		return "low";
	case LB_PLACE_CMA:
		return "cma";
	case LB_PLACE_HIGH:
		break;
	}
	return "high";
}

static void say_paragraph(
	const struct lb_paper *paper, enum lb_ink ink, const char *first, struct lb_buffer *text)
{
	if (text->bytes) {
		lb_say_wrapped(paper, ink, first, text->bytes);
	}
	free(text->bytes);
	*text = (struct lb_buffer){0};
}

static void print_values(struct lb_sink sink, const struct lb_size_request *request)
{
	for (size_t i = 0; i < request->crashkernel_count; i++) {
		lb_print(sink, "%scrashkernel=%s", i ? " " : "", request->crashkernel[i]);
	}
}

static void say_verdict(const struct lb_paper *paper, const struct lb_size *size)
{
	const struct lb_size_request *request = &size->recommended;
	struct lb_buffer text = {0};
	struct lb_sink sink = lb_buffer_sink(&text);

	if (size->apart) {
		lb_print(sink, "Needs %llu MiB (measured: %llu MiB beside %llu MiB of low memory "
			"complete, %llu MiB less of either do not): ",
			mib_up(size->needed), mib_up(size->apart->high), mib_up(size->apart->low),
			mib_up(LB_SIZE_STEP));
	} else if (size->measured) {
		lb_print(sink, "Needs %llu MiB (measured: %llu MiB completes, %llu MiB does not): ",
			mib_up(size->needed), mib_up(size->measured->smallest),
			mib_up(size->measured->smallest - LB_SIZE_STEP));
	} else {
		lb_print(sink, "Needs %llu MiB (no less than %llu MiB): ",
			mib_up(size->needed), mib_up(size->total.at_least));
	}
	if (size->found) {
		print_values(sink, request);
	} else if (!request->tried && request->crashkernel_count) {
		print_values(sink, request);
		lb_print(sink, ", not tried: %s", size->why_not);
	} else {
		lb_print(sink, "%s", size->why_not);
	}
	if (paper->style->quiet) {
		lb_say(paper, size->found ? LB_INK_GOOD : LB_INK_WARN, "%s\n",
			text.bytes ? text.bytes : "");
		free(text.bytes);
		return;
	}
	say_paragraph(paper, size->found ? LB_INK_GOOD : LB_INK_WARN, "", &text);
}

static void say_question(const struct lb_paper *paper, const struct lb_size *size)
{
	struct lb_buffer text = {0};
	struct lb_sink sink = lb_buffer_sink(&text);

	lb_print(sink, "%s, Linux %s, pages of %u KiB, %llu CPU%s", lb_arch_name(size->arch),
		*size->release ? size->release : "of unknown version", size->page_size / 1024,
		(unsigned long long)size->options.cpus, size->options.cpus == 1 ? "" : "s");
	if (size->memory_bytes) {
		lb_print(sink, ", %s of memory to dump", lb_size_text(size->memory_bytes).text);
	}
	say_paragraph(paper, LB_INK_DIM, "", &text);
	sink = lb_buffer_sink(&text);
	lb_print(sink, "%s (%s)", size->cmdline, size->cmdline_source);
	say_paragraph(paper, LB_INK_DIM, "capture kernel's command line: ", &text);
}

static void say_moments(const struct lb_paper *paper, const struct lb_size *size)
{
	static const char *const what[] = {
		[LB_AT_START] = "when the image unpacks itself, all in one piece",
		[LB_AT_UNPACK] = "when the kernel unpacks the initrd",
		[LB_AT_DUMP] = "when programs write the dump",
	};

	for (int moment = 0; moment < LB_SIZE_MOMENTS; moment++) {
		lb_say(paper, LB_INK_BOLD, "  %8llu  %7llu        %s\n",
			mib_up(size->moments[moment].at_least),
			mib_up(size->moments[moment].at_most), what[moment]);
	}
}

static void say_terms(const struct lb_paper *paper, const struct lb_size *size)
{
	lb_say(paper, LB_INK_BOLD, "\nWhat it is made of, in MiB\n");
	lb_say(paper, LB_INK_DIM, "  at least  at most  in    when\n");
	for (size_t i = 0; i < size->term_count; i++) {
		const struct lb_size_term *term = &size->terms[i];
		struct lb_buffer text = {0};

		lb_say(paper, LB_INK_PLAIN, "  %8.1f  %7.1f  %-4s  %c%c%c   %s\n",
			(double)term->at_least / LB_MIB, (double)term->at_most / LB_MIB,
			place_of(term), term->moments & (1U << LB_AT_START) ? 's' : '-',
			term->moments & (1U << LB_AT_UNPACK) ? 'u' : '-',
			term->moments & (1U << LB_AT_DUMP) ? 'd' : '-', term->name);
		if (paper->style->journal) {
			lb_print(lb_buffer_sink(&text), "%s (%s)", term->formula, term->source);
			say_paragraph(paper, LB_INK_DIM, "                                 ",
				&text);
		}
	}
	say_moments(paper, size);
}

static void say_request(const struct lb_paper *paper, const char *first,
	const struct lb_size_request *request)
{
	struct lb_buffer text = {0};
	struct lb_sink sink = lb_buffer_sink(&text);

	print_values(sink, request);
	lb_print(sink, ": %s. On this machine: ", request->why);
	lb_render_reservation(&request->reservation, sink);
	lb_print(sink, "; %s. The running system loses %s.", lb_certainty_name(request->certainty),
		lb_size_text(request->cost).text);
	say_paragraph(paper, LB_INK_PLAIN, first, &text);
}

static void say_recommended(const struct lb_paper *paper, const struct lb_size *size)
{
	if (size->found) {
		lb_say(paper, LB_INK_BOLD, "\nWhat to ask for\n");
		say_request(paper, "  ", &size->recommended);
	}
	if (size->cma_found) {
		say_request(paper, "  or ", &size->with_cma);
	}
}

static void print_crash(const struct lb_linux_crash *crash, struct lb_sink sink)
{
	struct lb_crash_range ranges[2];

	lb_render_crash_ranges(ranges, lb_give_back_list(crash, ranges), sink);
}

/* "nothing: why", or how much and what stays. */
static void print_give_back(const struct lb_give_back *give, struct lb_sink sink)
{
	if (!give->bytes) {
		lb_print(sink, "nothing: %s", give->why_not);
		if (!lb_range_empty(give->now.main)) {
			lb_print(sink, "; there is ");
			print_crash(&give->now, sink);
		}
		return;
	}
	lb_print(sink, "%s of ", lb_size_text(give->bytes).text);
	print_crash(&give->now, sink);
	lb_print(sink, "; left is ");
	print_crash(&give->after, sink);
}

static const char *how_to(const struct lb_give_back *give)
{
	if (give->loaded) {
		return "A capture kernel is loaded, and as long as it is nothing is given back: "
		       "unload it, do this, and load it again.";
	}
	return "No capture kernel may be loaded at that moment. `lifeboat size --release --apply` "
	       "does it, and looks whether the kernel did.";
}

static void say_give_back(const struct lb_paper *paper, const struct lb_give_back *give)
{
	struct lb_buffer text = {0};

	print_give_back(give, lb_buffer_sink(&text));
	if (paper->style->quiet) {
		lb_say(paper, LB_INK_PLAIN, "Can be given back: %s\n",
			text.bytes ? text.bytes : "");
		free(text.bytes);
		return;
	}
	lb_say(paper, LB_INK_BOLD, "\nWhat can be given back%s\n",
		give->applied ? ", and was" : " now, until the next boot");
	say_paragraph(paper, LB_INK_PLAIN, "  ", &text);
	if (give->applied) {
		lb_say_wrapped(paper, give->as_said ? LB_INK_GOOD : LB_INK_BAD, "  ",
			give->as_said ? "The machine shows just that."
				      : "The machine shows something else.");
	} else if (give->bytes) {
		lb_say(paper, LB_INK_PLAIN, "  echo %llu > /sys/kernel/kexec_crash_size\n",
			(unsigned long long)give->size_after);
		lb_say_wrapped(paper, LB_INK_PLAIN, "  ", how_to(give));
	}
}

static void say_estimates(const struct lb_paper *paper, const struct lb_size *size)
{
	lb_say(paper, LB_INK_BOLD, "\nWhat others say, in MiB\n");
	for (size_t i = 0; i < size->estimate_count; i++) {
		const struct lb_size_estimate *estimate = &size->estimates[i];
		struct lb_buffer text = {0};

		if (estimate->known) {
			lb_say(paper, LB_INK_PLAIN, "  %8llu  %s\n", mib_up(estimate->bytes),
				estimate->name);
		} else {
			lb_say(paper, LB_INK_DIM, "  %8s  %s\n", "-", estimate->name);
		}
		if (paper->style->journal) {
			lb_print(lb_buffer_sink(&text), "%s (%s)", estimate->formula,
				estimate->source);
			say_paragraph(paper, LB_INK_DIM, "            ", &text);
		}
	}
}

void lb_render_trial(const struct lb_trial *trial, struct lb_sink sink)
{
	lb_print(sink, "%5llu MiB  ", mib_up(trial->size));
	if (trial->low) {
		lb_print(sink, "(%llu low)  ", mib_up(trial->low));
	}
	lb_print(sink, "%-13s %4u s%s",
		lb_trial_end_name(trial->end), (trial->milliseconds + 500) / 1000,
		trial->kept ? ", kept" : "");
	if (trial->end == LB_TRIAL_COMPLETED) {
		lb_print(sink, "; %.1f MiB were left free, %.1f MiB written to",
			(double)trial->free / LB_MIB, (double)trial->touched / LB_MIB);
	}
	lb_print(sink, "%s%s\n", trial->why[0] ? "; " : "", trial->why);
}

static void say_unseen(const struct lb_paper *paper, const struct lb_size *size)
{
	struct lb_buffer text = {0};
	struct lb_sink sink = lb_buffer_sink(&text);
	uint64_t available = size->apart ? size->apart->of_high.available
					 : size->measured->available;
	const char *between = "";

	lb_print(sink, "Not in it, because no virtual machine shows it: ");
	for (size_t i = 0; i < size->term_count; i++) {
		if (size->terms[i].unseen) {
			lb_print(sink, "%s%s", between, size->terms[i].name);
			between = ", ";
		}
	}
	lb_print(sink, ". That is %.1f MiB at most, of which %.1f MiB were available while the "
		"dump was read; the rest is added, and %llu MiB for what differs from boot to "
		"boot.",
		(double)size->unseen / LB_MIB, (double)available / LB_MIB,
		mib_up(LB_SIZE_STEP));
	say_paragraph(paper, LB_INK_PLAIN, "  ", &text);
}

static void say_trials(const struct lb_paper *paper, const struct lb_measured *measured)
{
	for (size_t i = 0; paper->style->journal && i < measured->count; i++) {
		lb_say(paper, LB_INK_DIM, "    ");
		lb_render_trial(&measured->trials[i], paper->sink);
	}
}

static void say_apart(const struct lb_paper *paper, const struct lb_measured_apart *apart)
{
	lb_say(paper, LB_INK_PLAIN, "  %8llu MiB of low memory completes, beside enough above\n",
		mib_up(apart->low));
	say_trials(paper, &apart->of_low);
	lb_say(paper, LB_INK_PLAIN, "  %8llu MiB above completes, beside that low memory\n",
		mib_up(apart->high));
	say_trials(paper, &apart->of_high);
}

static void say_measured(const struct lb_paper *paper, const struct lb_size *size)
{
	const struct lb_measured *measured = size->measured;

	if (!measured) {
		return;
	}
	lb_say(paper, LB_INK_BOLD, "\nWhat was measured (%s)\n", measured->machine);
	lb_say(paper, LB_INK_PLAIN, "  %8llu MiB completes%s\n", mib_up(measured->smallest),
		measured->steady ? "" : "; not every time where it was close");
	say_trials(paper, measured);
	if (size->apart) {
		say_apart(paper, size->apart);
	}
	say_unseen(paper, size);
}

void lb_render_size_text(
	const struct lb_size *size, const struct lb_text_style *style, struct lb_sink sink)
{
	struct lb_paper paper = {sink, style};

	LB_ASSERT(style->width >= 40);
	say_verdict(&paper, size);
	if (size->give_back && style->quiet) {
		say_give_back(&paper, size->give_back);
	}
	if (style->quiet) {
		return;
	}
	say_question(&paper, size);
	say_terms(&paper, size);
	say_measured(&paper, size);
	say_recommended(&paper, size);
	if (size->give_back) {
		say_give_back(&paper, size->give_back);
	}
	say_estimates(&paper, size);
}
