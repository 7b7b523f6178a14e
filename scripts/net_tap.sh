#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Copyright The Capelin authors
#
# Runs a command (QEMU with NET=tap) in a network namespace of its own that has a tap, captap0: this host is 10.0.2.2/24 there, and
# hands out 10.0.2.15 by DHCP. Nothing of the host's own network is touched, and namespace and tap are gone with the
# last process in them, however it ended.
#
#   net_tap.sh run COMMAND...     make it, run COMMAND in it
#   net_tap.sh enter [COMMAND...] from another terminal: COMMAND (a shell) in the namespace that was made last
#   net_tap.sh check              exit status 0 if this machine can make one
#
# Root may always; anybody may where the system lets users have namespaces (sysctl kernel.unprivileged_userns_clone).

set -u
tap=captap0
remembered="${XDG_RUNTIME_DIR:-/tmp}/capelin-net-$(id -u).pid"
self=$0
case $self in /*) ;; *) self=$PWD/$self ;; esac

fail() {
    echo "capelin: NET=tap: $*" >&2
    exit 1
}

# Arguments of unshare for who we are.
namespace() {
    if [ "$(id -u)" = 0 ]; then echo "--net"; else echo "--net --user --map-root-user"; fi
}

require() {
    for tool in unshare nsenter ip; do
        PATH="$PATH:/usr/sbin:/sbin" command -v $tool >/dev/null || fail "$tool is missing (packages util-linux, iproute2)"
    done
    [ -c /dev/net/tun ] || fail "/dev/net/tun is missing: this kernel or container has no tap devices; NET=user needs none"
    [ -w /dev/net/tun ] || fail "/dev/net/tun is not yours to open; NET=user needs no rights"
    unshare $(namespace) true 2>/dev/null ||
        fail "this user may not make network namespaces: run as root, or allow it with sysctl kernel.unprivileged_userns_clone=1; NET=user needs no rights"
}

make_tap() {
    ip link set lo up &&
        ip tuntap add dev $tap mode tap &&
        ip link set $tap txqueuelen 4000 &&
        { echo 1 >/proc/sys/net/ipv6/conf/$tap/disable_ipv6; } 2>/dev/null
    ip addr add 10.0.2.2/24 dev $tap && ip link set $tap up
}

PATH="$PATH:/usr/sbin:/sbin"
mode=${1:-}
[ $# -gt 0 ] && shift
case $mode in
check)
    require
    unshare $(namespace) sh "$self" inside true 2>/dev/null || fail "this machine cannot make a tap in a network namespace"
    ;;
run)
    [ $# -gt 0 ] || fail "no command"
    require
    exec unshare $(namespace) sh "$self" inside "$@"
    ;;
inside)
    make_tap || fail "cannot make the tap $tap"
    echo $$ >"$remembered"
    /usr/bin/python3 "$(dirname "$self")/net_dhcp.py" $tap &
    helper=$!
    "$@"
    status=$?
    kill $helper 2>/dev/null
    [ "$(cat "$remembered" 2>/dev/null)" = $$ ] && rm -f "$remembered"
    exit $status
    ;;
enter)
    pid=$(cat "$remembered" 2>/dev/null) && [ -d "/proc/$pid" ] || fail "nothing runs with NET=tap"
    [ $# -gt 0 ] || set -- "${SHELL:-/bin/sh}"
    if [ "$(id -u)" = 0 ]; then exec nsenter -t "$pid" --net "$@"; fi
    exec nsenter -t "$pid" --net --user --preserve-credentials "$@"
    ;;
*)
    echo "usage: net_tap.sh run COMMAND... | enter [COMMAND...] | check" >&2
    exit 2
    ;;
esac
