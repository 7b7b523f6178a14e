# SPDX-License-Identifier: BSD-2-Clause
idl-y += drivers/gic_dist/gic_dist.idl
service-y += gic_dist
gic_dist-y := drivers/gic_dist/main.o drivers/gic_dist/dist.o

hosttest-y += gic_dist_test
gic_dist_test-y := drivers/gic_dist/dist_test.c drivers/gic_dist/dist.c
