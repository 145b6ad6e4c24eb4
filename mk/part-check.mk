# SPDX-License-Identifier: MIT
# `lifeboat check` on machines that were broken on purpose.

check-steps += setups

## setups: `lifeboat check` finds what was broken on purpose, and no error on healthy machines
setups: build/host/lifeboat
	$(Q)python3 tests/check/run.py --lifeboat $<
.PHONY: setups
## broken-guests: Debian's kernels in QEMU, broken in one way after the other while they run
##   (tests/check/broken.json; about 6 minutes)
broken-guests: lab-setup build/host/lifeboat record build/linux/x86_64/vmlinuz \
		build/linux/arm64/vmlinuz
	@sh mk/install-packages.sh kexec-tools
	$(Q)python3 tests/qemu/broken_guests.py --lifeboat build/host/lifeboat
.PHONY: broken-guests
