# SPDX-License-Identifier: BSD-2-Clause
ifeq ($(CONFIG_VIRTIO_NET),y)
service-y += virtio_net
virtio_net-y := drivers/virtio_net/main.o drivers/virtio_net/net.o drivers/virtio_net/virtio.o drivers/virtio_net/virtqueue.o
endif
