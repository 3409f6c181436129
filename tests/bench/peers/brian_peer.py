#!/usr/bin/python3
"""Brian2 in C++ standalone mode as a peer for scripts/bench: workloads C, C-fine, C2 and I (README.md)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Dict

from protocol import PeerError, close_enough, serve

try:
    import brian2  # noqa: F401
except ImportError:
    sys.exit("brian_peer.py: no module brian2: scripts/install-deps peers, and run by /usr/bin/python3")

import brian_build
from brian_networks import make_network

WORKLOADS = ("C", "C-fine", "C2", "I")
KINDS = ("float32", "float64", "float32-branch-free", "float64-branch-free")
FORMS = [{"workload": w, "form": f, "batch": 1} for w in WORKLOADS for f in KINDS]
# Spikes in the one second, and how far a run may be from them. C and C-fine in float64 are exact, in both forms. All
# of these are chaotic: with v0 jittered by 1e-6 V, C2's single runs scatter by 1.5 % (float64) to 2.6 %
# (float32) about means equal within 0.2 % (20,694, 20,664, branch-free 20,716), so three deviations.
EXPECTED = {"C": (22406, 0.03), "C-fine": (22642, 0.03), "C2": (20700, 0.08), "I": (16500, 0.02)}


class BrianRun:
    """A built program, its spikes checked."""

    samples = 1

    def __init__(self, folder: Path, workload: str, form: str) -> None:
        self.folder = folder
        _, spikes, synops = brian_build.run(folder)
        expected, relative = EXPECTED[workload]
        exact = workload in ("C", "C-fine") and "float64" in form
        tolerance = 0 if exact else relative * expected
        close_enough(f"spikes of {workload} in a second", spikes, expected, tolerance)
        self.spikes = spikes
        self.synops = float(synops)
        self.check = {"spikes": {"neurons": spikes}}

    def run(self) -> float:
        seconds, spikes, _ = brian_build.run(self.folder)
        if spikes != self.spikes:
            raise PeerError(f"spikes: got {spikes}, in the run before {self.spikes}")
        return seconds


def prepare(request: Dict[str, Any]) -> BrianRun:
    workload, form = request["workload"], request["form"]
    if workload not in WORKLOADS or form.replace("-default", "") not in KINDS:
        raise PeerError(f"brian: got workload {workload!r}, form {form!r}, expected {WORKLOADS}, {KINDS}")
    weights, inputs = request.get("shared", ""), request.get("inputs", "")
    digest = make_network(workload, weights, inputs).digest()
    return BrianRun(brian_build.build(workload, form, weights, inputs, digest), workload, form)


if __name__ == "__main__":
    serve(prepare, FORMS)
