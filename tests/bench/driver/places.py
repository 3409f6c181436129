"""Where things lie, and the one error that stops the benchmark with a message."""

from __future__ import annotations

import os
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[3]
CACHE = Path(os.environ.get("SALTUS_DATA", Path.home() / ".cache" / "saltus"))
INPUTS = CACHE / "bench" / "inputs"


class BenchError(Exception):
    """Bad use or missing input: one line for the user, exit code 2."""


def default_weights() -> Path | None:
    """The folder of trained weights beside the repository, if there is one."""
    for place in (SOURCE.parent / "shared" / "weights", SOURCE.parents[1] / "shared" / "weights"):
        if (place / "workload_a" / "W1.npy").exists():
            return place
    return None
