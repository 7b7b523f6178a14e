#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright The Capelin authors
#
# The curves of `make bench`: reads BUILD/bench/series/KEY.csv (a count, then a figure) and makes
#   BUILD/bench/plots/NAME.svg and .png
#   BUILD/bench/report.html      all of them in one page, with the points as tables
# A figure shows the series whose keys its pattern matches; a series that none matches gets a figure of its own.
#
#   plot.py --build DIR

import argparse
import csv
import glob
import html
import os
import re
import sys

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # pylint: disable=wrong-import-position

# name, title, pattern (its group is the label), x axis, y axis, scales
FIGURES = (
    ("alloc", "Allocating a region, without frees", r"alloc_((?:first|next|best|worst)_(?:list|tree))",
     "regions in use", "instructions", ("log", "log")),
    ("alloc_mix", "Allocating a region, in a random mix of sizes and frees", r"alloc_mix_(\w+)",
     "regions in use", "instructions", ("log", "log")),
    ("fragmentation", "Free memory outside of the largest free region, after the mix", r"fragmentation_(\w+)",
     "regions in use", "percent", ("log", "linear")),
    ("alloc_ram", "RAM from mem, request to capability", r"(alloc_ram)", "blocks in use", "instructions", ("log", "linear")),
    ("page_fault", "Page faults over a lazily backed range", r"(page_fault\w*)", "pages", "instructions", ("linear", "linear")),
    ("map_1", "Mapping frames of one page", r"map_1_(\w+)", "frames mapped", "instructions", ("linear", "linear")),
    ("map_100", "Mapping frames of 100 pages", r"map_100_(\w+)", "frames mapped", "instructions", ("linear", "linear")),
    ("index_looks", "Page tables found at the n-th look in the index, 2,000 frames of 100 pages mapped", r"index_looks_(\w+)",
     "look (the last one: or later)", "page tables", ("linear", "log")),
    ("series", "Retype, copy and delete of a page", r"series_(retype|copy|delete)", "capabilities in the kernel's database",
     "instructions", ("log", "linear")),
    ("strings", "A call that echoes a string: instructions of both sides, spinning included", r"(lmp|ump)_rpc_string",
     "bytes there and back", "instructions", ("linear", "linear")),
    ("wall_strings", "The same in time, on cores that run at once", r"wall_((?:lmp|ump)_string)",
     "bytes there and back", "ns, median", ("linear", "linear")),
    ("wall_strings_load", "The same while another process on the caller's core works on capabilities", r"wall_((?:lmp|ump)_string_load)",
     "bytes there and back", "ns, median", ("linear", "log")),
    ("wall_status", "What proc says of a process: of this core, and of another", r"wall_(status_(?:lmp|ump))",
     "calls at once", "ns, median", ("linear", "linear")),
    ("net_clients", "An echoed packet of UDP, by the number of programs that echo", r"(udp_echo_clients)", "programs", "instructions", ("log", "linear")),
    ("net_back", "From the kill of a service to the first packet that is echoed again", r"((?:net|virtio_net)_back)", "kill", "instructions",
     ("linear", "log")),
    ("ump_stream", "A message of seven words, by the length of the ring", r"(ump_stream)", "slots", "instructions a message", ("log", "linear")),
    ("ump_slots", "A message in calls of 64 KiB to another core, and of 4 KiB there and back", r"ump_slots_(one_way|both_ways)",
     "UMP_SLOTS of the build", "instructions of both cores a message", ("log", "linear")),
    ("cores_caps", "Capabilities of memory that other cores have, too", r"cores_((?:send|retype|revoke)_\w+)", "cores",
     "instructions of all cores", ("linear", "linear")),
    ("cores_boot", "Until all cores are up, one after the other", r"(cores_boot)", "cores", "us under -icount", ("linear", "linear")),
    ("cores_memory", "Memory in use when all cores are up", r"(cores_memory)", "cores", "KiB", ("linear", "linear")),
)


def read(folder):
    series = {}
    for path in sorted(glob.glob(os.path.join(folder, "series", "*.csv"))):
        with open(path, encoding="utf-8") as source:
            rows = list(csv.reader(source))
        points = [(int(i), float(value)) for i, value in rows[1:]]
        if points:
            series[os.path.basename(path)[:-len(".csv")]] = points
    return series


def figures(series):
    """Lists of (name, title, x axis, y axis, scales, {label: points}) that have something to show."""
    left, result = dict(series), []
    for name, title, pattern, x_label, y_label, scales in FIGURES:
        shown = {}
        for key in series:
            found = re.fullmatch(pattern, key)
            if found:
                shown[found.group(1)] = left.pop(key, series[key])
        if shown:
            result.append((name, title, x_label, y_label, scales, shown))
    return result + [(key, key, "count", "instructions", ("linear", "linear"), {key: points}) for key, points in left.items()]


def draw(folder, name, title, x_label, y_label, scales, shown):
    figure, axes = pyplot.subplots(figsize=(8, 5))
    for label, points in shown.items():
        style = "--" if label.split("_")[-1] == "list" else "-"
        axes.plot([x for x, _ in points], [y for _, y in points], style, label=label.replace("_", " "), marker="o", markersize=3)
    axes.set(title=title, xlabel=x_label, ylabel=y_label, xscale=scales[0], yscale=scales[1])
    if scales[1] == "linear":
        axes.set_ylim(bottom=0)
    axes.grid(True, alpha=0.3)
    if len(shown) > 1:
        axes.legend(fontsize="small")
    for kind in ("svg", "png"):
        figure.savefig(os.path.join(folder, f"{name}.{kind}"), bbox_inches="tight", dpi=120)
    pyplot.close(figure)


def table(shown):
    counts = sorted({x for points in shown.values() for x, _ in points})
    if len(counts) > 60:
        counts = counts[::len(counts) // 50]
    values = {label: dict(points) for label, points in shown.items()}
    head = "".join(f"<th>{html.escape(label)}</th>" for label in shown)
    rows = [f"<tr><th>{count:,}</th>" + "".join(f"<td>{values[label].get(count, ''):,}</td>" if count in values[label] else "<td></td>"
                                               for label in shown) + "</tr>" for count in counts]
    return f"<details><summary>points</summary><table><tr><th></th>{head}</tr>{''.join(rows)}</table></details>"


def main():
    parser = argparse.ArgumentParser(description="The curves of `make bench`.")
    parser.add_argument("--build", default="build")
    folder = os.path.join(parser.parse_args().build, "bench")
    series = read(folder)
    if not series:
        sys.exit(f"plot: no series in {folder}; `make bench` makes them")
    plots = os.path.join(folder, "plots")
    os.makedirs(plots, exist_ok=True)
    page = []
    for name, title, *rest in figures(series):
        print(f"  PLOT    {name}", flush=True)
        draw(plots, name, title, *rest)
        page.append(f'<h2>{html.escape(title)}</h2><p><img src="plots/{name}.svg" alt="{html.escape(title)}"></p>{table(rest[-1])}')
    report = os.path.join(folder, "report.html")
    with open(report, "w", encoding="utf-8") as target:
        target.write('<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Capelin: measurements</title><style>'
                     "body{font-family:sans-serif;max-width:60em;margin:2em auto}td,th{text-align:right;padding:0 .6em}</style>"
                     "<h1>Measurements</h1><p>Guest instructions, counted exactly; dashed: lists.</p>" + "".join(page) + "</html>\n")
    print(f"  PLOT    {report}")


if __name__ == "__main__":
    main()
