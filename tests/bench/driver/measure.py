"""Prepares every contender of a workload, then times them in turn, one pass each, again and again."""

from __future__ import annotations

import sys
from typing import Any

from .child import ChildGone
from .contenders import Contender


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def request(op: str, contender: Contender, **more: Any) -> dict[str, Any]:
    return {
        "op": op,
        "workload": contender.workload,
        "form": contender.form,
        "batch": contender.batch,
        **more,
    }


def ask(contender: Contender, question: dict[str, Any]) -> dict[str, Any] | None:
    """The answer, or None after noting why there is none; the contender is then out."""
    assert contender.child
    try:
        answer = contender.child.ask(question)
    except ChildGone as gone:
        answer = {"ok": False, "error": str(gone)}
    if not answer.get("ok", True):
        contender.error = str(answer.get("error", "no reason given")).strip()
        say(f"{contender.name}: {contender.error}")
        return None
    return answer


def prepare(contender: Contender, places: dict[str, str], quick: bool) -> None:
    """Loads, runs once and has the answer checked."""
    say(f"{contender.name}: preparing and checking")
    answer = ask(contender, request("prepare", contender, quick=quick, **places))
    if answer is not None:
        contender.samples = answer["samples"]
        contender.synops = answer["synops"]
        contender.check = answer.get("check", {})


def time_in_turn(contenders: list[Contender], repetitions: int) -> None:
    """One pass of each in turn; what is slow drifts for all of them alike."""
    for repetition in range(repetitions):
        for contender in contenders:
            if contender.error:
                continue
            answer = ask(contender, request("run", contender))
            if answer is not None:
                contender.runs.append(answer)
        say(f"{contenders[0].workload}: repetition {repetition + 1} of {repetitions}")


def drop(contenders: list[Contender]) -> None:
    """Frees what was prepared; peers that do not know the word just say so."""
    for contender in contenders:
        if contender.child and not contender.error:
            try:
                contender.child.ask(request("drop", contender))
            except ChildGone:
                pass


def measure(contenders: list[Contender], places: dict[str, str], repetitions: int, quick: bool) -> None:
    for contender in contenders:
        prepare(contender, places, quick)
    time_in_turn(contenders, repetitions)
    drop(contenders)
