#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright The Capelin authors
#
# Fetches the orig tarball of a Debian source package, pinned by version and SHA-256 in `versions`, and
# unpacks from it what we build. Where to fetch from it takes from this machine's own apt configuration
# (a private copy of it with sources turned on), so it needs no root and knows no host.
#
#   fetch.py NAME DIR      unpack into DIR/NAME; tarballs are kept in DIR/dl (or $CAPELIN_DL)

import glob
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


def pinned(name):
    with open(os.path.join(HERE, "versions"), encoding="utf-8") as table:
        for line in table:
            fields = line.split()
            if fields and fields[0] == name:
                return fields[1:]
    sys.exit(f"fetch: {name} is not in scripts/third_party/versions")


def sha256(path):
    with open(path, "rb") as source:
        return hashlib.sha256(source.read()).hexdigest()


def machine_entries():
    """(options, URI) of each binary archive that apt knows and that carries Debian's main."""
    found = []
    for path in ["/etc/apt/sources.list"] + sorted(glob.glob("/etc/apt/sources.list.d/*.list")):
        if os.path.exists(path):
            for line in open(path, encoding="utf-8"):
                match = re.match(r"\s*deb\s+(\[[^]]*\]\s+)?(\S+)\s+(\S+)\s+.*\bmain\b", line)
                if match:
                    found.append(((match.group(1) or "").strip(), match.group(2), match.group(3)))
    for path in sorted(glob.glob("/etc/apt/sources.list.d/*.sources")):
        for block in re.split(r"\n\s*\n", open(path, encoding="utf-8").read()):
            field = {key.lower(): value.strip() for key, value in re.findall(r"^([\w-]+):[ \t]*(.*)$", block, re.M)}
            if "deb" in field.get("types", "").split() and "main" in field.get("components", "").split():
                option = f"[signed-by={field['signed-by']}]" if field.get("signed-by", "").startswith("/") else ""
                for uri in field.get("uris", "").split():
                    for suite in field.get("suites", "").split():
                        found.append((option, uri, suite))
    return found


def private_apt(suite, folder):
    """A configuration of apt that has SUITE's sources and touches nothing of the machine."""
    entries = [(option, uri) for option, uri, there in machine_entries()
               if there == suite and uri.rstrip("/").endswith("/debian")]
    entries = entries or [(option, uri) for option, uri, there in machine_entries()
                          if uri.rstrip("/").endswith("/debian")]
    if not entries:
        sys.exit("fetch: apt on this machine knows no Debian archive")
    for sub in ("state/lists/partial", "cache/archives/partial"):
        os.makedirs(os.path.join(folder, sub), exist_ok=True)
    with open(os.path.join(folder, "sources.list"), "w", encoding="utf-8") as target:
        for option, uri in dict.fromkeys(entries):
            target.write(f"deb-src {option} {uri} {suite} main\n")
    open(os.path.join(folder, "status"), "w", encoding="utf-8").close()
    settings = {
        "Dir::Etc::SourceList": os.path.join(folder, "sources.list"), "Dir::Etc::SourceParts": "-",
        "Dir::State": os.path.join(folder, "state"), "Dir::State::status": os.path.join(folder, "status"),
        "Dir::Cache": os.path.join(folder, "cache"), "APT::Sandbox::User": "", "Acquire::Retries": "5",
        "Acquire::Languages": "none",
    }
    return [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]


def apt(command, options, *arguments):
    done = subprocess.run([command, *options, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"fetch: {command} {' '.join(arguments)}:\n{done.stdout}{done.stderr}")
    return done.stdout


def download(suite, package, version, file, checksum, cache):
    target = os.path.join(cache, file)
    if os.path.exists(target) and sha256(target) == checksum:
        return target
    os.makedirs(cache, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="apt-", dir=os.path.abspath(cache)) as folder:  # others may fetch beside us
        got = download_into(folder, suite, package, version, file, checksum)
        os.replace(got, target)
    return target


def download_into(folder, suite, package, version, file, checksum):
    """The file, with this checksum, somewhere in FOLDER."""
    target = os.path.join(folder, file)
    options = private_apt(suite, folder)
    apt("apt-get", options, "-qq", "update")
    # A later Debian revision is welcome: its orig tarball, which the SHA-256 pins, is the same.
    versions = apt("apt-cache", options, "showsrc", package)
    pin = f"={version}" if f"Version: {version}\n" in versions else ""
    listing = apt("apt-get", options, "-qq", "source", "--print-uris", package + pin)
    uris = [line.split("'")[1] for line in listing.splitlines() if line.split()[1:2] == [file]]
    if not uris:
        sys.exit(f"fetch: {package} {version} has no {file}; apt says:\n{listing}")
    apt("/usr/lib/apt/apt-helper", options, "download-file", uris[0], target, f"SHA256:{checksum}")
    if sha256(target) != checksum:
        sys.exit(f"fetch: {file} does not have the expected SHA-256")
    return target


def unpack(tarball, inside, folder):
    """The regular files of the subfolder INSIDE of a tarball's top folder, into FOLDER."""
    os.makedirs(folder, exist_ok=True)
    with tarfile.open(tarball) as archive:
        for member in archive:
            parts = member.name.split("/")
            if member.isreg() and "/".join(parts[1:-1]) == inside:
                with open(os.path.join(folder, parts[-1]), "wb") as target:
                    target.write(archive.extractfile(member).read())


def libfdt(tarball, folder):
    """src/: the C files; {kernel,user,host}/include: the public headers, the kernel's with our own environment."""
    unpack(tarball, "libfdt", os.path.join(folder, "src"))
    for flavour in ("kernel", "user", "host"):
        include = os.path.join(folder, flavour, "include")
        os.makedirs(include, exist_ok=True)
        for header in ("fdt.h", "libfdt.h", "libfdt_env.h"):
            shutil.copy(os.path.join(folder, "src", header), include)
    shutil.copy(os.path.join(HERE, "libfdt_env.h"), os.path.join(folder, "kernel/include"))
    # The sources include it with quotes: without this one the include path decides.
    for header in ("fdt.h", "libfdt.h", "libfdt_env.h"):
        os.unlink(os.path.join(folder, "src", header))


def lwip(tarball, folder):
    """src/: the C files of the core, IPv4 and Ethernet; include/: the headers as they are."""
    for inside in ("core", "core/ipv4"):
        unpack(tarball, "src/" + inside, os.path.join(folder, "src"))
    unpack(tarball, "src/netif", os.path.join(folder, "netif"))
    shutil.copy(os.path.join(folder, "netif/ethernet.c"), os.path.join(folder, "src"))
    shutil.rmtree(os.path.join(folder, "netif"))
    for inside in ("lwip", "lwip/priv", "lwip/prot", "netif", "netif/ppp"):
        unpack(tarball, "src/include/" + inside, os.path.join(folder, "include", inside))


RECIPES = {"libfdt": libfdt, "lwip": lwip}


def main():
    name, folder = sys.argv[1:]
    cache = os.environ.get("CAPELIN_DL") or os.path.join(folder, "dl")
    RECIPES[name](download(*pinned(name), cache), os.path.join(folder, name))


if __name__ == "__main__":
    main()
