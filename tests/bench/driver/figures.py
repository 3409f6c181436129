"""From repetitions to figures: median, minimum, maximum, ratios between two contenders."""

from __future__ import annotations

import math
from statistics import median
from typing import Any

from .contenders import Contender


def summary(contender: Contender) -> dict[str, Any]:
    """Everything about one contender, for JSON. Times are seconds a sample."""
    times = contender.per_sample()
    told = {
        "workload": contender.workload,
        "program": contender.side,
        "form": contender.form,
        "kind": contender.kind,
        "batch": contender.batch,
        "samples": contender.samples,
        "synops_per_sample": contender.synops,
        "check": contender.check,
        "error": contender.error,
        "repetitions": len(times),
        "seconds_per_sample": times,
        "runs": contender.runs,
        "memory": contender.memory,
    }
    if times:
        told["median"] = median(times)
        told["min"] = min(times)
        told["max"] = max(times)
        told["synops_per_second"] = contender.synops / median(times) if median(times) else 0
        encode = [run["encode_seconds"] / run["samples"] for run in contender.runs if "encode_seconds" in run]
        told["encode_seconds_per_sample"] = median(encode) if encode else None
    return told


def best_of(contenders: list[Contender], kind: str, batch: int | None = None) -> Contender | None:
    """The peer form with the least median; of one batch size if given. `tuned` takes all kinds: the
    fastest form of any. Those that left after the trial do not count: they were slower there."""
    able = [
        c
        for c in contenders
        if c.runs
        and c.kind != "saltus"
        and (kind == "tuned" or c.kind == kind)
        and (batch is None or c.batch == batch)
    ]
    most = max((len(c.runs) for c in able), default=0)
    return min((c for c in able if len(c.runs) == most), key=lambda c: median(c.per_sample()), default=None)


def comparable(ours: Contender, contenders: list[Contender]) -> list[Contender]:
    """The peers' forms that ours may be held against: those that name a precision, only in ours."""
    return [c for c in contenders if not c.form.startswith("float") or c.form.startswith(ours.form)]


def ratio(peer: Contender, ours: Contender) -> dict[str, Any]:
    """How many times faster we are: of medians, and the worst and best pair of one repetition."""
    pairs = [theirs / own for theirs, own in zip(peer.per_sample(), ours.per_sample())]
    return {
        "peer": peer.form,
        "peer_program": peer.side,
        "peer_batch": peer.batch,
        "form": ours.form,
        "ratio": median(peer.per_sample()) / median(ours.per_sample()),
        "worst_pair": min(pairs),
        "best_pair": max(pairs),
    }


def ratios(contenders: list[Contender]) -> list[dict[str, Any]]:
    """Every form of ours against the plain and the tuned peer, at batch 1 and at the best batch."""
    found = []
    for ours in contenders:
        if ours.kind != "saltus" or not ours.runs:
            continue
        peers = comparable(ours, contenders)
        for kind in ("plain", "tuned"):
            at_one, at_best = best_of(peers, kind, 1), best_of(peers, kind)
            if at_one is not None:
                found.append({"against": kind, "at": "batch 1", **ratio(at_one, ours)})
            if at_best is not None and at_best is not at_one:
                found.append({"against": kind, "at": "best batch", **ratio(at_best, ours)})
    return found


def points_of(runs: list[dict[str, Any]]) -> list[dict[str, float]]:
    """Workload F: the median over repetitions at each rate."""
    repetitions = [run["points"] for run in runs]
    return [
        {**together[0], "seconds": median(point["seconds"] for point in together)}
        for together in zip(*repetitions)
    ]


def dense_seconds(runs: list[dict[str, Any]]) -> dict[str, float]:
    """Workload F: the dense product's best batch, by medians."""
    repetitions = [run["dense"] for run in runs]
    each = [
        {**together[0], "seconds": median(entry["seconds"] for entry in together)}
        for together in zip(*repetitions)
    ]
    return min(each, key=lambda entry: entry["seconds"])


def seconds_at(points: list[dict[str, float]], activity: float) -> float | None:
    """Between the measured activities, on a straight line in logarithms; None outside of them."""
    active = [point for point in points if point["activity"] > 0]
    for low, high in zip(active, active[1:]):
        if low["activity"] <= activity <= high["activity"]:
            share = math.log(activity / low["activity"]) / math.log(high["activity"] / low["activity"])
            return math.exp(
                math.log(low["seconds"]) + share * math.log(high["seconds"] / low["seconds"])
            )
    return None


def crossover(points: list[dict[str, float]], seconds: float) -> float | None:
    """The activity at which we take as long as `seconds`; None if we never do."""
    active = [point for point in points if point["activity"] > 0]
    for low, high in zip(active, active[1:]):
        if low["seconds"] <= seconds <= high["seconds"]:
            share = math.log(seconds / low["seconds"]) / math.log(high["seconds"] / low["seconds"])
            return low["activity"] * (high["activity"] / low["activity"]) ** share
    return None
