# SPDX-License-Identifier: BSD-2-Clause
# The monitor is part of init's binary: servers/init/module.mk lists its objects.
idl-y += servers/monitor/monitor.idl
