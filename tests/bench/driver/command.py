"""The command line of scripts/bench."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import build, inputs, machine, memory, report
from .cold_start import measure_cold_start
from .contenders import Contender, Programs, contenders_of
from .measure import measure, say
from .places import INPUTS, SOURCE, BenchError, default_weights

WORKLOADS = ["A", "B", "C", "C-fine", "C2", "D", "E", "F", "G", "H", "I"]
NEED_WEIGHTS = {"A", "B", "C", "C-fine", "E", "F"}
# A smoke run: answers are checked, times mean little.
QUICK = ["A", "B", "C", "D", "E", "F", "G", "H", "I"]
QUICK_FORMS = {"B": ["float32"], "C": ["float32"]}
COLD_STARTS = 20


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Times Saltus on workloads A to I, checks every answer first, and writes "
        "bench.md and bench.json. With --peers, PyTorch and Brian2 take turns with it.",
        epilog="Exit codes: 0 done, 1 an answer was wrong or missing, 2 bad use, 130 interrupted.",
    )
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help=f"of {' '.join(WORKLOADS)} (default: all)")
    parser.add_argument("-r", "--repetitions", type=int, default=7, help="timed passes each (default: 7)")
    parser.add_argument("--peers", action="store_true", help="time the peers too (scripts/install-deps peers)")
    parser.add_argument("--form", action="append", default=[], help="only this form of ours; may be repeated")
    parser.add_argument("--weights", type=Path, metavar="DIR",
                        help="trained weights: workload_a/, workload_b/, workload_c/; A, B, C, E and F need them "
                        "(default: $SALTUS_WEIGHTS, or shared/weights beside the repository)")
    parser.add_argument("--build", type=Path, default=SOURCE / "build" / "bench", metavar="DIR",
                        help="where to build (default: build/bench)")
    parser.add_argument("--no-build", action="store_true", help="take the programs as they are")
    parser.add_argument("-o", "--out", type=Path, default=SOURCE / "build" / "bench-results", metavar="DIR",
                        help="where results go (default: build/bench-results)")
    parser.add_argument("--quick", action="store_true", help="a smoke run: answers checked, two repetitions")
    parser.add_argument("--plot", nargs="?", const="", metavar="FILE.svg",
                        help="draw workload F from OUT/bench.json (default file: OUT/sparsity.svg), measure nothing")
    chosen = parser.parse_args(arguments)
    for workload in chosen.workloads:
        if workload not in WORKLOADS:
            raise BenchError(f"workload: got {workload}, need one of {' '.join(WORKLOADS)}")
    if chosen.repetitions < 1:
        raise BenchError(f"--repetitions: got {chosen.repetitions}, need at least 1")
    return chosen


def choose_workloads(chosen: argparse.Namespace, weights: Path | None) -> list[str]:
    """Those asked for; without weights, those that need none, and the others are named."""
    wanted = chosen.workloads or (QUICK if chosen.quick else WORKLOADS)
    able = [w for w in wanted if weights or w not in NEED_WEIGHTS]
    left = [w for w in wanted if w not in able]
    if left:
        if chosen.workloads:
            raise BenchError(f"--weights: got no folder with workload_a/W1.npy, need one for {' '.join(left)}")
        say(f"skipped without the folder of trained weights (--weights): {' '.join(left)}")
    return able


def contenders_for(workload: str, chosen: argparse.Namespace, programs: Programs,
                   weights: Path | None) -> list[Contender]:
    """Prepares, measures, and gives back all contenders of one workload."""
    repetitions = 2 if chosen.quick else chosen.repetitions
    if workload == "E":
        assert weights
        return [
            measure_cold_start(build.saltus_program(chosen.build), inputs.prepare_model(weights, chosen.build),
                               inputs.prepare_events(weights), repetitions if chosen.quick else COLD_STARTS)
        ]
    if workload == "A" and weights:
        inputs.prepare_events(weights)
    if workload in ("C2", "I") and chosen.peers:
        inputs.prepare_network(workload, chosen.build)
    forms = chosen.form or (QUICK_FORMS.get(workload, []) if chosen.quick else [])
    contenders = contenders_of(workload, programs, chosen.peers, forms)
    places = {"shared": str(weights or ""), "inputs": str(INPUTS), "source": str(SOURCE)}
    measure(contenders, places, repetitions, chosen.quick)
    for contender in contenders:
        if workload in memory.WORKLOADS and contender.kind == "saltus" and not contender.error and not chosen.quick:
            memory.measure_memory(contender, chosen.build, places)
    return contenders


def run(chosen: argparse.Namespace) -> int:
    weights = chosen.weights.resolve() if chosen.weights else default_weights()
    if chosen.weights and not (weights / "workload_a" / "W1.npy").exists():
        raise BenchError(f"--weights: got {chosen.weights}, need a folder with workload_a/W1.npy")
    workloads = choose_workloads(chosen, weights)
    chosen.build = chosen.build.resolve()
    if not chosen.no_build:
        build.build(chosen.build)
    programs = Programs(chosen.build)
    described = machine.describe(chosen.build)
    measured: list[Contender] = []
    try:
        for workload in workloads:
            measured += contenders_for(workload, chosen, programs, weights)
            report.write(measured, described, chosen.out, chosen.quick)
    finally:
        programs.stop()
    say(f"results in {chosen.out / 'bench.md'} and bench.json")
    failed = [contender.name for contender in measured if contender.error]
    if failed:
        say(f"no answer, or a wrong one: {'; '.join(failed)}")
    return 1 if failed else 0


def main(arguments: list[str]) -> int:
    try:
        chosen = parse(arguments)
        if chosen.plot is not None:
            from .sparsity_plot import plot_results

            print(plot_results(chosen.out / "bench.json", Path(chosen.plot) if chosen.plot else chosen.out / "sparsity.svg"))
            return 0
        return run(chosen)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("bench: interrupted; what was measured is kept", file=sys.stderr)
        return 130
