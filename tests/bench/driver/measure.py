"""Prepares every contender of a workload, then times them in turn, one pass each, again and again."""

from __future__ import annotations

import sys
from typing import Any

from .child import ChildGone
from .contenders import Contender


# Repetitions of every form of a peer; after them only those that may yet be its best one go on.
TRIAL = 2
WITHIN = 1.15  # of the fastest


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
        able = [contender for contender in contenders if not contender.error]
        for contender in able:
            answer = ask(contender, request("run", contender))
            if answer is not None:
                contender.runs.append(answer)
        if able:
            forms = f"{len(able)} form{'s' if len(able) > 1 else ''}"
            say(f"{able[0].workload}: repetition {repetition + 1} of {repetitions}, {forms}")


def still_in_it(contenders: list[Contender]) -> list[Contender]:
    """After the trial: ours, and the peers' forms that may yet be the fastest plain or tuned one, at batch 1
    or at any batch."""
    stay = [c for c in contenders if c.kind == "saltus"]
    able = [c for c in contenders if c.kind != "saltus" and c.runs]
    for kind in ("plain", "tuned"):
        for only_one in (True, False):
            group = [c for c in able if (kind == "tuned" or c.kind == kind) and (c.batch == 1 or not only_one)]
            fastest = min((min(c.per_sample()) for c in group), default=0.0)
            stay += [c for c in group if min(c.per_sample()) <= WITHIN * fastest and c not in stay]
    return stay


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
    trial = min(TRIAL, repetitions)
    time_in_turn(contenders, trial)
    if repetitions > trial:
        time_in_turn(still_in_it(contenders), repetitions - trial)
    drop(contenders)
