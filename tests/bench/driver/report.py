"""Writes bench.md and bench.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .contenders import Contender
from .figures import crossover, dense_seconds, points_of, ratios, summary
from .inputs import write_whole
from .targets import verdicts_of

# What one sample is, and whether its time is told in milliseconds or seconds.
TITLES = {
    "A": ("MNIST MLP 784-500-500-10, T = 100", "sample", 1e3, "ms"),
    "B": ("conv net on 32 x 32 x 3, T = 32", "sample", 1e3, "ms"),
    "C": ("Vogels-Abbott CUBA, 4,000 neurons, tick 0.1 ms", "biological second", 1, "s"),
    "C-fine": ("the same, tick 0.01 ms", "biological second", 1, "s"),
    "C2": ("CUBA, 10,000 neurons, 10^7 synapses", "biological second", 1, "s"),
    "D": ("study: 1,000 digits of the shipped hybrid model", "sample", 1e6, "us"),
    "E": ("cold start of the command, workload A's file, one sample", "start", 1e3, "ms"),
    "F": ("A's network at input rates from 0 to 1", "sample, mean of all rates", 1e3, "ms"),
    "G": ("10^9 synapses, int8", "run", 1, "s"),
    "H": ("1,000 populations, delays to 10,000 ticks, 10^6 wake-ups pending", "run", 1, "s"),
    "I": ("130,000 neurons, 15 million synapses, nearly silent", "biological second", 1, "s"),
}


def rows(cells: list[list[str]]) -> str:
    """A Markdown table; the first row is its head."""
    lines = ["| " + " | ".join(row) + " |" for row in cells]
    lines.insert(1, "|" + "---|" * len(cells[0]))
    return "\n".join(lines) + "\n"


def times_table(workload: str, contenders: list[Contender]) -> str:
    _, sample, scale, unit = TITLES[workload]
    table = [["program", "form", "batch", f"{unit} a {sample}: median", "min", "max", "repetitions",
              f"SynOps a {sample}", "Gsynops/s", f"encoding, {unit}"]]
    for contender in contenders:
        told = summary(contender)
        if contender.error:
            table.append([contender.side, contender.form, str(contender.batch), contender.error] + ["-"] * 6)
            continue
        if not contender.runs:
            continue
        encode = told["encode_seconds_per_sample"]
        table.append([
            contender.side, contender.form, str(contender.batch),
            f"{told['median'] * scale:.4g}", f"{told['min'] * scale:.4g}", f"{told['max'] * scale:.4g}",
            str(told["repetitions"]), f"{contender.synops:,.0f}", f"{told['synops_per_second'] / 1e9:.3g}",
            "-" if encode is None else f"{encode * scale:.3g}",
        ])
    return rows(table)


def ratios_table(contenders: list[Contender]) -> str:
    found = ratios(contenders)
    if not found:
        return ""
    table = [["ours", "against", "at", "the peer's form", "its batch", "times faster", "worst pair"]]
    for entry in found:
        table.append([entry["form"], entry["against"], entry["at"],
                      f"{entry['peer_program']} {entry['peer']}", str(entry["peer_batch"]),
                      f"{entry['ratio']:.2f}", f"{entry['worst_pair']:.2f}"])
    return "\n" + rows(table)


def sparsity_table(contenders: list[Contender]) -> str:
    text = ""
    for contender in contenders:
        if not contender.runs:
            continue
        dense = dense_seconds(contender.runs)
        points = points_of(contender.runs)
        table = [["input rate", "activity", "SynOps a sample", "us a sample", "Gsynops/s", "times the dense product's speed"]]
        for point in points:
            table.append([f"{point['rate']:.3g}", f"{point['activity'] * 100:.3g} %", f"{point['synops']:,.0f}",
                          f"{point['seconds'] * 1e6:.4g}", f"{point['synops'] / point['seconds'] / 1e9:.3g}",
                          f"{dense['seconds'] / point['seconds']:.3g}"])
        where = crossover(points, dense["seconds"])
        meets = f"They meet at {where * 100:.3g} % activity." if where else "They do not meet in this range."
        text += (
            f"\n{contender.form}: dense product of the same layers {dense['seconds'] * 1e6:.4g} us a sample "
            f"({dense['macs'] / dense['seconds'] / 1e9:.3g} GMAC/s, {dense['batch']} {'sample' if dense['batch'] == 1 else 'samples'} at once, no neurons "
            f"updated). {meets}\n\n" + rows(table)
        )
    return text


def more_lines(contenders: list[Contender]) -> str:
    """What a workload states besides its time: scalars of the last repetition."""
    known = {"ok", "seconds", "samples", "encode_seconds", "points", "dense"}
    lines = []
    for contender in contenders:
        more = contender.runs[-1] if contender.runs else {}
        told = ", ".join(f"{key.replace('_', ' ')} {value:,.4g}" for key, value in more.items()
                         if key not in known and isinstance(value, (int, float)))
        if told and contender.kind == "saltus":
            lines.append(f"- {contender.form}: {told}")
    return "\n" + "\n".join(lines) + "\n" if lines else ""


def memory_lines(contenders: list[Contender]) -> str:
    """Kilobytes that a thread holds, and what it is made of."""
    lines = [
        f"- {c.form}: a further thread holds {c.memory['a_thread'] / 1e3:,.0f} kB, {c.memory['state'] / 1e3:,.0f} kB "
        f"of it state; the model has {c.memory['model'] / 1e3:,.0f} kB; resident with 1 to "
        f"{len(c.memory['with_threads'])} threads: "
        + ", ".join(f"{bytes / 1e3:,.0f}" for bytes in c.memory["with_threads"])
        for c in contenders
        if c.memory
    ]
    return "\n" + "\n".join(lines) + "\n" if lines else ""


def markdown(contenders: list[Contender], machine: dict[str, Any], quick: bool) -> str:
    text = "# Benchmark\n\n"
    text += "".join(f"- {key}: {value}\n" for key, value in machine.items())
    text += (
        "\nOne core unless said; programs take turns, one pass each a repetition. Every answer was checked against\n"
        "golden numbers before its time was taken. The clock covers simulation with all counting on; encoding is\n"
        "told apart. Ratios are of medians; the worst pair is the worst of one repetition's.\n"
    )
    verdicts = [] if quick else verdicts_of(contenders)
    if quick:
        text += "\nA smoke run: answers were checked, times mean little.\n"
    if verdicts:
        table = [["workload", "what", "measured", "must", "stretch", "met"]]
        table += [[v.workload, v.what, f"{v.value:.3g} {v.unit}", f"{v.must:.3g}", f"{v.stretch:.3g}", v.met]
                  for v in verdicts]
        text += "\n## Targets\n\n" + rows(table)
    for workload, title in TITLES.items():
        here = [c for c in contenders if c.workload == workload]
        if here:
            text += f"\n## {workload}: {title[0]}\n\n{times_table(workload, here)}{ratios_table(here)}{more_lines(here)}"
            text += memory_lines(here)
            if workload == "F":
                text += sparsity_table(here)
    return text


def write(contenders: list[Contender], machine: dict[str, Any], folder: Path, quick: bool) -> None:
    """Both files, whole or not at all; called after each workload, so a cut run keeps what it has."""
    told = {
        "machine": machine,
        "quick": quick,
        "results": [summary(contender) for contender in contenders],
        "ratios": [
            {"workload": workload, **entry}
            for workload in TITLES
            for entry in ratios([c for c in contenders if c.workload == workload])
        ],
        "targets": [] if quick else [verdict.as_json() for verdict in verdicts_of(contenders)],
    }
    write_whole(folder / "bench.json", (json.dumps(told, indent=1) + "\n").encode())
    write_whole(folder / "bench.md", markdown(contenders, machine, quick).encode())
