"""The targets that a run can be held against: what must be met, what would be better still."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any, Callable

from .contenders import Contender
from .figures import best_of, comparable, points_of, ratio, seconds_at


@dataclass
class Verdict:
    workload: str
    what: str
    value: float
    must: float
    stretch: float
    unit: str
    smaller_is_better: bool = False

    @property
    def met(self) -> str:
        def reached(goal: float) -> bool:
            return self.value <= goal if self.smaller_is_better else self.value >= goal

        return "stretch" if reached(self.stretch) else "must" if reached(self.must) else "NOT MET"

    def as_json(self) -> dict[str, Any]:
        return {**self.__dict__, "met": self.met}


# workload, form, against, batch (None: the best one), must, stretch
RATIO_TARGETS: list[tuple[str, str, str, int | None, float, float]] = [
    ("A", "float32", "plain", 1, 12, 12),
    ("A", "float32", "plain", None, 6.5, 6.5),
    ("A", "float32", "tuned", 1, 7, 9),
    ("A", "float32", "tuned", None, 3.6, 4.6),
    ("A", "int8", "tuned", None, 7, 9),
    ("B", "float32", "plain", 1, 13, 13),
    ("B", "float32", "tuned", 1, 5.7, 7),
    ("B", "float32", "tuned", None, 4.9, 6),
    ("B", "int8", "tuned", None, 7, 10),
    ("C", "float32", "tuned", None, 3, 5),
    ("C-fine", "float32", "tuned", None, 10, 16),
    ("C2", "float32", "tuned", None, 2.1, 4),
    ("I", "float32", "plain", None, 10, 40),
    ("I", "float32", "tuned", None, 10, 40),
]

SPEED_TARGETS = [("A", "float32", 31e9, 39e9), ("A", "int8", 60e9, 77e9)]  # SynOps a second


BEYOND_STATE = 10  # % of the model's bytes that a thread may hold beyond its state


def find(contenders: list[Contender], form: str) -> Contender | None:
    return next((c for c in contenders if c.kind == "saltus" and c.form == form and c.runs), None)


def ratio_verdicts(contenders: list[Contender]) -> list[Verdict]:
    verdicts = []
    for workload, form, against, batch, must, stretch in RATIO_TARGETS:
        here = [c for c in contenders if c.workload == workload]
        ours = find(here, form)
        peer = best_of(comparable(ours, here), against, batch) if ours else None
        if ours and peer:
            at = "best batch" if batch is None else f"batch {batch}"
            what = f"{form} against the {against} peer, {at} ({peer.side.removesuffix('_peer')} {peer.form}, {peer.batch})"
            verdicts.append(Verdict(workload, what, ratio(peer, ours)["ratio"], must, stretch, "x"))
    return verdicts


def speed_verdicts(contenders: list[Contender]) -> list[Verdict]:
    verdicts = []
    for workload, form, must, stretch in SPEED_TARGETS:
        ours = find([c for c in contenders if c.workload == workload], form)
        if ours:
            speed = ours.synops / median(ours.per_sample()) / 1e9
            verdicts.append(Verdict(workload, form, speed, must / 1e9, stretch / 1e9, "Gsynops/s"))
    return verdicts


def memory_verdicts(contenders: list[Contender]) -> list[Verdict]:
    return [
        Verdict(c.workload, f"{c.form}: memory of a further thread beyond its state, of the model's",
                c.memory["beyond_state_of_model"] * 100, BEYOND_STATE, BEYOND_STATE, "%", True)
        for c in contenders
        if c.memory
    ]


def study(contenders: list[Contender]) -> list[Verdict]:
    one, two = find(contenders, "1 thread"), find(contenders, "2 threads")
    if not one or not two:
        return []
    gain = median(one.per_sample()) / median(two.per_sample())
    return [Verdict("D", "2 threads against 1", gain, 1.8, 1.95, "x")]


def cold_start(contenders: list[Contender]) -> list[Verdict]:
    ours = find(contenders, "cold start")
    if not ours:
        return []
    return [Verdict("E", "cold start", median(ours.per_sample()) * 1e3, 50, 20, "ms", True)]


def sparsity(contenders: list[Contender]) -> list[Verdict]:
    verdicts = []
    for ours in (find(contenders, "float32"), find(contenders, "int8")):
        if not ours:
            continue
        points = points_of(ours.runs)
        low, high = seconds_at(points, 0.01), seconds_at(points, 0.1)
        if low and high:
            what = f"{ours.form}: time at 1 % activity / a tenth of the time at 10 %"
            verdicts.append(Verdict("F", what, low / (high / 10), 1.5, 1.2, "x", True))
    return verdicts


def large(contenders: list[Contender]) -> list[Verdict]:
    return [
        Verdict("G", f"{form}: resident bytes a synapse", ours.runs[-1]["bytes_per_synapse"],
                24 * 2**30 / 1e9, 1.2, "bytes", True)
        for form in ("feed-forward", "recurrent")
        if (ours := find(contenders, form))
    ]


def queue_load(contenders: list[Contender]) -> list[Verdict]:
    ours = find(contenders, "float32")
    if not ours:
        return []
    cost = median(run["queue_ns"] for run in ours.runs)
    return [Verdict("H", "queue, a push and pop", cost, 60, 30, "ns", True)]


BY_WORKLOAD: dict[str, Callable[[list[Contender]], list[Verdict]]] = {
    "D": study,
    "E": cold_start,
    "F": sparsity,
    "G": large,
    "H": queue_load,
}


def verdicts_of(contenders: list[Contender]) -> list[Verdict]:
    found = ratio_verdicts(contenders) + speed_verdicts(contenders) + memory_verdicts(contenders)
    for workload, judge in BY_WORKLOAD.items():
        found += judge([c for c in contenders if c.workload == workload])
    return sorted(found, key=lambda verdict: verdict.workload)
