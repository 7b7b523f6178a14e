# SPDX-License-Identifier: BSD-2-Clause
ifeq ($(CONFIG_VIRTIO_NET),y)
service-y += virtio_net
virtio_net-y := drivers/virtio_net/main.o drivers/virtio_net/net.o drivers/virtio_net/virtio.o drivers/virtio_net/virtqueue.o
endif

virtio-net-sim := drivers/virtio_net/net_sim.c drivers/virtio_net/net.c drivers/virtio_net/virtqueue.c lib/nic/port.c
fuzz-y += virtio_net_fuzz
virtio_net_fuzz-y := drivers/virtio_net/net_fuzz.c $(virtio-net-sim)
hosttest-y += virtio_net_test
virtio_net_test-y := drivers/virtio_net/net_test.c drivers/virtio_net/virtio.c $(virtio-net-sim)
hosttest-y += virtio_net_checksum_test
virtio_net_checksum_test-y := drivers/virtio_net/checksum_test.c $(virtio-net-sim)
