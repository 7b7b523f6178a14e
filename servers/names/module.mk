# SPDX-License-Identifier: BSD-2-Clause
idl-y += servers/names/names.idl
