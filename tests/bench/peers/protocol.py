"""The benchmark protocol of scripts/bench: a JSON request a line in, a JSON object a line out.

{"op":"forms"}                                  -> {"ok":true,"forms":[{"workload":..,"form":..,"batch":..},..]}
{"op":"prepare","workload":..,"form":..,"batch":..,"shared":DIR,"inputs":DIR}
                                                -> {"ok":true,"samples":..,"synops":..,"check":{..}}
{"op":"run","workload":..,"form":..,"batch":..} -> {"ok":true,"seconds":..,"samples":..,"encode_seconds":0}
{"op":"drop",..}                                frees what was prepared
{"op":"quit"}
What goes wrong, a wrong answer of a simulation too, is {"ok":false,"error":".."}. Between requests the
process waits on a read. Standard output carries answers only: whatever else prints goes to standard error.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Callable, Dict, List, Protocol, Tuple


class PeerError(Exception):
    """A request that cannot be met, or a simulation whose answer is wrong."""


class Prepared(Protocol):
    """A workload, loaded and checked."""

    samples: int
    synops: float
    check: Dict[str, Any]

    def run(self) -> float:
        """One pass over all samples; returns its seconds."""


Prepare = Callable[[Dict[str, Any]], Prepared]


def close_enough(name: str, found: float, expected: float, tolerance: float) -> None:
    """Throws PeerError where `found` is further from `expected` than `tolerance`."""
    if abs(found - expected) > tolerance:
        raise PeerError(f"{name}: got {found:.9g}, expected {expected:.9g} +- {tolerance:.6g}")


def close_to_printed(name: str, found: float, printed: str) -> None:
    """Holds `found` to a number as it is printed: half of its last digit, and 0.001 of order."""
    digits = len(printed.partition(".")[2])
    close_enough(name, found, float(printed), 0.5 * 10**-digits + 0.001)


def answer(request: Dict[str, Any], prepare: Prepare, kept: Dict[Tuple, Prepared], forms: List) -> Dict:
    """One request's answer."""
    operation = request.get("op")
    key = (request.get("workload"), request.get("form"), request.get("batch", 1))
    if operation == "forms":
        return {"ok": True, "forms": forms}
    if operation == "prepare":
        kept.pop(key, None)
        kept[key] = prepare(request)
        done = kept[key]
        return {"ok": True, "samples": done.samples, "synops": done.synops, "check": done.check}
    if operation == "run":
        if key not in kept:
            raise PeerError(f"run: {key} is not prepared")
        seconds = kept[key].run()
        return {"ok": True, "seconds": seconds, "samples": kept[key].samples, "encode_seconds": 0.0}
    if operation == "drop":
        kept.pop(key, None)
        return {"ok": True}
    raise PeerError(f"op: got {operation!r}, expected forms, prepare, run, drop or quit")


def serve(prepare: Prepare, forms: List[Dict[str, Any]]) -> None:
    """Answers requests until "quit" or the end of the input."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    kept: Dict[Tuple, Prepared] = {}
    for line in sys.stdin:
        try:
            request = json.loads(line)
            if request.get("op") == "quit":
                break
            said = answer(request, prepare, kept, forms)
        except Exception as error:  # a peer that fails must not end the driver's run
            said = {"ok": False, "error": f"{type(error).__name__}: {error}".replace("PeerError: ", "")}
        print(json.dumps(said), file=out, flush=True)
