# SPDX-License-Identifier: BSD-2-Clause
idl-y += servers/init/init.idl
