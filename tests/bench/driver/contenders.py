"""Who takes part in a workload: Saltus's own forms, and the peers' forms and batch sizes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .build import workloads_program
from .child import Child, ChildGone, python_child
from .places import SOURCE, BenchError

PEERS = SOURCE / "tests" / "bench" / "peers"

# Forms of ours by workload. D's two differ in threads, E is timed by cold_start.py.
OWN_FORMS = {
    "A": ["float32", "int8"],
    "B": ["float32", "int8"],
    "C": ["float32", "float64"],
    "C-fine": ["float32"],
    "C2": ["float32"],
    "D": ["1 thread", "2 threads"],
    "F": ["float32", "int8"],
    "G": ["feed-forward", "recurrent", "sparse"],
    "H": ["float32"],
    "I": ["float32"],
}

# What people write, of the forms a peer offers; every other one is "tuned".
PLAIN = {
    "A": ("loop", "layer-major"),
    "B": ("loop", "channels-last"),
    "C": ("float32", "float64"),
    "C-fine": ("float32", "float64"),
    "C2": ("float32", "float64"),
    "I": ("float32", "float64"),
}
SCRIPTS = ("torch_peer", "brian_peer")


@dataclass
class Contender:
    """One form of one program at one batch size, and what was measured of it."""

    workload: str
    side: str  # "saltus", or the peer's program
    form: str
    kind: str  # "saltus", "plain", "tuned"
    batch: int
    child: Child | None
    samples: int = 0
    synops: float = 0.0  # a sample, or a biological second
    check: dict[str, Any] = field(default_factory=dict)
    runs: list[dict[str, Any]] = field(default_factory=list)
    memory: dict[str, Any] = field(default_factory=dict)  # see memory.py
    error: str = ""

    @property
    def name(self) -> str:
        batch = f", batch {self.batch}" if self.kind != "saltus" else ""
        return f"{self.workload} {self.side} {self.form}{batch}"

    def per_sample(self) -> list[float]:
        """Seconds a sample (or a biological second), by repetition."""
        return [run["seconds"] / run["samples"] for run in self.runs]


class Programs:
    """The children, each started once and kept."""

    def __init__(self, build_folder: Path) -> None:
        self.build_folder = build_folder
        self.children: dict[str, Child] = {}

    def own(self, workload: str, form: str) -> Child:
        """One program for all, but for D, which may use two cores, and G, whose memory is measured: a
        program of its own for each form, and malloc as it is."""
        cores = "0,1" if workload == "D" else "0"
        apart = {"D": " D", "G": f" G {form}"}.get(workload, "")
        name = f"workloads{apart}"
        if name not in self.children:
            program = [str(workloads_program(self.build_folder))]
            self.children[name] = Child(name, program, cores, keep_memory=workload != "G")
        return self.children[name]

    def peer(self, script: str) -> Child:
        if script not in self.children:
            self.children[script] = python_child(PEERS / f"{script}.py", "0")
        return self.children[script]

    def peer_forms(self, script: str) -> list[dict[str, Any]]:
        """What a peer offers: workload, form and batch of each. BenchError if it cannot be asked."""
        try:
            answer = self.peer(script).ask({"op": "forms"})
        except ChildGone as gone:
            raise BenchError(f"--peers: {gone}, need scripts/install-deps peers") from gone
        return answer["forms"]

    def stop(self) -> None:
        for child in self.children.values():
            child.stop()


def contenders_of(workload: str, programs: Programs, peers: bool, forms: list[str]) -> list[Contender]:
    """Ours first, then the peers'. `forms` restricts ours; empty: all."""
    ours = [
        Contender(workload, "saltus", form, "saltus", 1, programs.own(workload, form))
        for form in OWN_FORMS.get(workload, [])
        if not forms or form in forms
    ]
    if not peers:
        return ours
    return ours + [
        Contender(
            workload,
            script,
            offered["form"],
            "plain" if offered["form"] in PLAIN.get(workload, ()) else "tuned",
            offered["batch"],
            programs.peer(script),
        )
        for script in SCRIPTS
        for offered in programs.peer_forms(script)
        if offered["workload"] == workload
    ]
