#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh LIFEBOAT: `lifeboat plan` on this machine, or, where it shows no addresses, on a recorded
# one. Bad news is an answer too, so its exit status does not fail the make.
set -u

lifeboat=$1
recorded=tests/oracle/machines/x86_64-2013.tar.gz

plan() {
	echo "\$ lifeboat plan $*"
	"$lifeboat" plan "$@"
	status=$?
	echo
	[ "$status" -le 1 ] || exit "$status"
}

if [ -r /proc/iomem ] && grep -qv '^ *0*-0* :' /proc/iomem; then
	plan
	if ! grep -q crashkernel= /proc/cmdline; then
		echo "This machine reserves nothing. What if it did?"
		plan --crashkernel 256M
	fi
else
	echo "/proc/iomem shows no addresses here (only root on the machine itself sees them)."
	echo "So here is a recorded machine, asked what crashkernel=256M would do:"
	plan "$recorded" --crashkernel 256M
fi
