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
    """$SALTUS_WEIGHTS, or shared/weights beside the repository or further up; None if there is none."""
    given = os.environ.get("SALTUS_WEIGHTS")
    places = [Path(given)] if given else [parent / "shared" / "weights" for parent in SOURCE.parents]
    return next((place for place in places if (place / "workload_a" / "W1.npy").exists()), None)
