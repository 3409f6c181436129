"""Builds what is measured: Release, in build/bench unless told otherwise."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from .places import SOURCE, BenchError

TARGETS = ["saltus", "workloads", "make_models", "recurrent_bench"]


def run_quietly(command: list[str], what: str) -> None:
    """Runs a command; what it printed is shown only if it fails."""
    done = subprocess.run(command, cwd=SOURCE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.stderr.write(done.stdout[-6000:])
        raise BenchError(f"{what}: failed with exit code {done.returncode}")


def build(folder: Path) -> None:
    """Configures `folder` if need be, and brings the programs up to date."""
    if not (folder / "CMakeCache.txt").exists():
        print(f"bench: configuring {folder}", file=sys.stderr)
        run_quietly(
            ["cmake", "-S", str(SOURCE), "-B", str(folder), "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
             "-DSALTUS_BENCH=ON"],
            "cmake",
        )
    print(f"bench: building in {folder}", file=sys.stderr)
    run_quietly(["cmake", "--build", str(folder), "--target", *TARGETS], "build")


def workloads_program(folder: Path) -> Path:
    return existing(folder / "tests" / "bench" / "workloads" / "workloads")


def saltus_program(folder: Path) -> Path:
    return existing(folder / "cli" / "saltus")


def existing(program: Path) -> Path:
    if not program.exists():
        raise BenchError(f"{program}: no such program, need a build with SALTUS_BENCH=ON")
    return program
