# SPDX-License-Identifier: MIT
# The bounce pool beside Linux's, of the newest version at hand, compiled unmodified.

build/host/bench-bounce_pool: bench/bench_bounce_pool.c tests/swiotlb/build.sh \
		tests/swiotlb/linux_pool.c tests/swiotlb/linux_pool.h tests/swiotlb/kernel.h \
		build/host/cli/assert.o build/host/liblifeboat-core.a
	$(Q)sh mk/install-packages.sh $$(sh tests/memblock/packages.sh)
	$(Q)version=$$(sh tests/swiotlb/build.sh $(CURDIR)/build/swiotlb $(CURDIR) \
		$(CURDIR)/build/host/linux_pool.o) && \
	$(CC-host) $(CFLAGS-host) -DLINUX_SOURCE="\"$$version\"" -pthread -o $@ $< \
		build/host/linux_pool.o build/host/cli/assert.o build/host/liblifeboat-core.a -lm
## bench-bounce-pool: the bounce pool beside Linux's kernel/dma/swiotlb.c and plain copies
bench-bounce-pool: build/host/bench-bounce_pool
	$(Q)$<
.PHONY: bench-bounce-pool
