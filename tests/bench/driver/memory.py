"""What a further thread holds in memory, for workloads A and B: a program of its own for each form, which runs
every sample on a second, third and fourth thread, one after the other, while the earlier ones keep what they have.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .build import workloads_program
from .child import Child, ChildGone
from .contenders import Contender
from .measure import ask, request, say

WORKLOADS = ("A", "B")
THREADS = 4


def measure_memory(contender: Contender, build_folder: Path, places: dict[str, str]) -> None:
    """Fills in `contender.memory`; notes an error if there is no answer."""
    say(f"{contender.name}: memory with 1 to {THREADS} threads")
    timed, contender.child = contender.child, Child(
        f"workloads, memory of {contender.name}", [str(workloads_program(build_folder))], "0", keep_memory=False
    )
    if ask(contender, request("prepare", contender, quick=False, **places)) is not None:
        answer = ask(contender, request("memory", contender, threads=THREADS))
        if answer is not None:
            contender.memory = told(answer)
    contender.child.stop()
    contender.child = timed


def told(answer: dict[str, Any]) -> dict[str, Any]:
    """Bytes, and the share of the model that a thread holds beyond its state."""
    resident = answer["with_threads"]
    a_thread = (resident[-1] - resident[0]) / (len(resident) - 1)
    return {
        "model": answer["model"],
        "state": answer["state"],
        "with_threads": resident,
        "a_thread": a_thread,
        "beyond_state_of_model": (a_thread - answer["state"]) / answer["model"],
    }
