# SPDX-License-Identifier: BSD-2-Clause
idl-y += servers/mem/mem.idl
