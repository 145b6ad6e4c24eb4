# SPDX-License-Identifier: MIT
# `lifeboat size --measure`: its test, and the model held against what it finds.

## size-measure: the smallest crash memory found in QEMU, kept, interrupted, refused
size-measure: lab-setup build/host/lifeboat $(drill-images) lab-init build/linux/x86_64/vmlinuz \
		build/linux/arm64/vmlinuz
	$(Q)python3 tests/qemu/measure.py --lifeboat build/host/lifeboat --linux build/linux
check-steps += size-measure

## size-measure-apart: the same for high and low memory (two minutes more)
size-measure-apart: lab-setup build/host/lifeboat $(drill-images) lab-init \
		build/linux/x86_64/vmlinuz
	$(Q)python3 tests/qemu/measure.py --lifeboat build/host/lifeboat --linux build/linux \
		--apart tests/oracle/machines/x86_64-3237.tar.gz
.PHONY: size-measure-apart

## size-calibration: the model of `lifeboat size` against kernels 5.10 to the newest; writes the
##   tables in docs/size.md (fetches 24 kernels; an hour, what was measured is kept)
size-calibration: lab-setup build/host/lifeboat $(drill-images) lab-init
	@sh mk/install-packages.sh zstd lz4
	$(Q)python3 lab/tools/size_calibration.py --lifeboat build/host/lifeboat \
		--kernels build/linux/size
	$(Q)python3 lab/tools/size_calibration.py --lifeboat build/host/lifeboat \
		--kernels build/linux/size --held-out
.PHONY: size-measure size-calibration
