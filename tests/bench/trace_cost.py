#!/usr/bin/env python3
"""trace_cost.py SALTUS MODEL [RUN OPTIONS ...]: what `saltus run --trace` costs.

Runs the command with and without --trace in turns and prints the time of each (best and median), their ratio and
the trace's bytes a spike. Checked first: both say the same counts, and the trace's digest is the same in every run.
Tests nothing by time: a figure to state, measured side by side."""
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPETITIONS = 7


def main() -> int:
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    saltus, *run = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder) / "t.saltrace"
        report = Path(folder) / "r.json"
        seconds = {False: [], True: []}
        counts, digests = [], set()
        for turn in range(2 * REPETITIONS):
            traced = turn % 2 == 1
            line = [saltus, "run", *run, "--json", str(report)]
            if traced:
                line += ["--trace", str(trace)]
            start = time.perf_counter()
            subprocess.run(line, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            seconds[traced].append(time.perf_counter() - start)
            answer = json.loads(report.read_text())
            counts.append({k: v for k, v in answer.items() if not any(w in k for w in ("second", "time"))})
            if traced:
                said = subprocess.run([saltus, "trace", "digest", str(trace)], check=True, capture_output=True)
                digests.add(said.stdout)
        if any(c != counts[0] for c in counts[1:]) or len(digests) != 1:
            print("trace_cost: the runs differ", file=sys.stderr)
            return 1
        best = {k: min(v) for k, v in seconds.items()}
        middle = {k: statistics.median(v) for k, v in seconds.items()}
        print(f"best {best[False]:.3f} s, traced {best[True]:.3f} s: {best[True] / best[False]:.2f} times; "
              f"median {middle[False]:.3f} s, traced {middle[True]:.3f} s: {middle[True] / middle[False]:.2f} times; "
              f"{trace.stat().st_size} bytes")
    return 0


sys.exit(main())
