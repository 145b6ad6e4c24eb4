/* SPDX-License-Identifier: MIT */
/*
 * linux_version: which Linux a machine runs, as a number that compares (LB_LINUX()).
 *
 * Distributions freeze the patch level in the release: Debian's 6.1.0-50-amd64 is Linux 6.1.176,
 * and Ubuntu's 5.15.0-91-generic is 5.15.131. Their banners say so, behind "Debian" and at the
 * end of the parenthesis that begins with "(Ubuntu".
 */
#ifndef LIFEBOAT_POLICY_LINUX_VERSION_H
#define LIFEBOAT_POLICY_LINUX_VERSION_H

#include "lifeboat/arch.h"

/*
 * The version at the start of a release ("6.12.107+deb13-amd64", "6.17.0-rc3", "7.2"); a missing
 * patch level is 0, one above 65535 is 65535. False, *ret untouched, if there is none or a number
 * is above 255.
 */
bool LB_MUST_CHECK lb_linux_version_parse(const char *release, uint32_t *ret);

/*
 * The version of a release ("" unknown), with the patch level that the banner ("Linux version
 * ...", "" unknown) gives for the same major and minor. Without a release, the banner's. False,
 * *ret untouched, if neither holds a version.
 */
bool LB_MUST_CHECK lb_linux_version_of(const char *release, const char *banner, uint32_t *ret);

#endif
