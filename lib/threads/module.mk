# SPDX-License-Identifier: BSD-2-Clause
lib-noFP-y += lib/threads/dispatcher.o lib/threads/sleep.o lib/threads/sync.o lib/threads/thread.o lib/threads/upcall.o
