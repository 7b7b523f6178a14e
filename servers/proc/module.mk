# SPDX-License-Identifier: BSD-2-Clause
idl-y += servers/proc/proc.idl
