"""Workload E: the command from a cold start: load workload A's file, compile, run one sample, print.

Each repetition is a process of its own; its wall time is taken from before it is started until it is
gone, as a user would start it: not pinned. Files lie in the page cache.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

from .contenders import Contender
from .measure import say

# Sample 0: spikes of the three layers, SynOps.
GOLDEN = {"spikes": 9159, "synops": 5363260}


def check(command: list[str]) -> dict[str, float]:
    """Runs once with --json and holds spikes and SynOps against the golden numbers."""
    done = subprocess.run([*command, "--json", "-"], capture_output=True, text=True)
    if done.returncode != 0:
        raise ValueError(done.stderr.strip())
    said = json.loads(done.stdout)
    found = {
        "spikes": said["per_sample"]["spikes"],
        "synops": said["per_sample"]["synaptic_operations"],
    }
    if found != GOLDEN:
        raise ValueError(f"got {found}, need {GOLDEN}")
    return found


def one_start(command: list[str]) -> float:
    """Seconds from spawning the process to its end."""
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        began = time.perf_counter()
        process = os.posix_spawnp(
            command[0], command, dict(os.environ), file_actions=[(os.POSIX_SPAWN_DUP2, null, 1)]
        )
        _, status = os.waitpid(process, 0)
        seconds = time.perf_counter() - began
    finally:
        os.close(null)
    if status != 0:
        raise ValueError(f"{command}: wait status {status}")
    return seconds


def measure_cold_start(program: Path, model: Path, events: Path, repetitions: int) -> Contender:
    contender = Contender("E", "saltus", "cold start", "saltus", 1, None, samples=1)
    run = [str(program), "run", str(model), "--events", str(events), "--samples", "0"]
    say("E: checking")
    try:
        contender.check = check(run)
        contender.synops = float(contender.check["synops"])
        for _ in range(repetitions):
            contender.runs.append({"seconds": one_start(run), "samples": 1})
    except (ValueError, KeyError, OSError) as error:
        contender.error = str(error)
        say(f"E: {error}")
    return contender
