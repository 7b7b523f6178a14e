#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Copyright The Capelin authors
#
# Knows which tools the build needs, and which Debian package has each. Plain sh and nothing else: it
# runs on a machine that has only git and make.
#
#   doctor.sh --list             show everything, found or missing
#   doctor.sh --check GROUP...   fail, naming packages, if something of these groups is missing
#   doctor.sh --install GROUP... install what is missing: asks first at a terminal, uses sudo if not root
#
# Groups: build run test check gdb tags map bench all

set -u

# group  package  what to look for (a command, or a file with a slash)
tools() {
    cat <<'END'
build gcc-aarch64-linux-gnu aarch64-linux-gnu-gcc
build binutils-aarch64-linux-gnu aarch64-linux-gnu-ld
build picolibc-aarch64-linux-gnu /usr/lib/picolibc/aarch64-linux-gnu/lib/libc.a
build python3 /usr/bin/python3
build python3-kconfiglib /usr/lib/python3/dist-packages/kconfiglib.py
build u-boot-tools mkimage
build device-tree-compiler dtc
build mtools mcopy
run qemu-system-arm qemu-system-aarch64
run u-boot-qemu /usr/lib/u-boot/qemu_arm64/u-boot.bin
test gcc cc
test spin spin
test libc6-dev /usr/include/stdio.h
test libcmocka-dev /usr/include/cmocka.h
test python3-pytest /usr/lib/python3/dist-packages/pytest/__init__.py
test python3-pexpect /usr/lib/python3/dist-packages/pexpect/__init__.py
test iproute2 /bin/ip
test iputils-ping ping
test iputils-arping arping
test netcat-openbsd nc
test curl curl
test iperf iperf
test tshark tshark
check clang-format clang-format
check cppcheck cppcheck
gdb gdb-multiarch gdb-multiarch
tags universal-ctags ctags
map python3-pexpect /usr/lib/python3/dist-packages/pexpect/__init__.py
map graphviz dot
bench python3-matplotlib /usr/lib/python3/dist-packages/matplotlib/__init__.py
END
}

found() {
    case $1 in
    /*) test -e "$1" ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
    esac
}

# missing GROUP... : the packages that are missing, one a line
missing() {
    tools | while read -r group package probe; do
        for wanted in "$@"; do
            if [ "$wanted" = all ] || [ "$wanted" = "$group" ]; then
                found "$probe" || echo "$package"
            fi
        done
    done | sort -u
}

list() {
    tools | while read -r group package probe; do
        if found "$probe"; then state=ok; else state=MISSING; fi
        printf '%-8s %-7s %-30s %s\n' "$state" "$group" "$package" "$probe"
    done
    echo
    absent=$(missing all)
    if [ -z "$absent" ]; then
        echo "Everything is there."
    else
        echo "Missing: $(echo $absent). To install: make deps"
    fi
}

install() {
    packages=$(missing "$@")
    [ -z "$packages" ] && return 0
    set -- $packages
    echo "capelin: needs $# package$([ $# -gt 1 ] && echo s) ($(echo "$*" | sed 's/ /, /g'))"
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "capelin: this is not a Debian machine: install them, or their equals, yourself" >&2
        return 1
    fi
    sudo=
    if [ "$(id -u)" != 0 ]; then
        sudo=sudo
        if ! command -v sudo >/dev/null 2>&1; then
            echo "capelin: run as root: apt-get install $*" >&2
            return 1
        fi
    fi
    # A person is asked. Nobody at the terminal: root installs and says so, others are told what to do.
    if [ -t 0 ] && [ -t 2 ]; then
        printf 'capelin: install them with apt? [Y/n] ' >&2
        read -r answer || answer=n
        case $answer in
        '' | [Yy]*) ;;
        *) echo "capelin: not installed; to do it yourself: apt-get install $*" >&2; return 1 ;;
        esac
    elif [ -n "$sudo" ] && ! sudo -n true 2>/dev/null; then
        echo "capelin: no terminal to ask at; run: sudo apt-get install $*" >&2
        return 1
    else
        echo "capelin: installing them with apt"
    fi
    lock="-o DPkg::Lock::Timeout=600"
    export DEBIAN_FRONTEND=noninteractive
    log=$(mktemp)
    $sudo apt-get $lock -qq update >"$log" 2>&1 || cat "$log" >&2
    if $sudo env DEBIAN_FRONTEND=noninteractive apt-get $lock -y --no-install-recommends install "$@" >"$log" 2>&1; then
        rm -f "$log"
    else
        cat "$log" >&2
        rm -f "$log"
        return 1
    fi
    absent=$(missing $groups)
    if [ -n "$absent" ]; then
        echo "capelin: still missing: $absent" >&2
        return 1
    fi
}

mode=${1:---list}
[ $# -gt 0 ] && shift
groups="$*"
case $mode in
--list) list ;;
--check)
    packages=$(missing "$@")
    [ -z "$packages" ] && exit 0
    echo "capelin: missing packages: $(echo $packages). \`make deps\` installs them, \`make doctor\` shows all" >&2
    exit 1
    ;;
--install) install "$@" ;;
*) echo "usage: doctor.sh --list | --check GROUP... | --install GROUP..." >&2; exit 2 ;;
esac
