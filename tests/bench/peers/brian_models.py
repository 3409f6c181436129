"""The two neuron models of the recurrent workloads in Brian2, each in a plain and a branch-free form.

Plain: as its users write it, `unless refractory`, method 'exact'.
Branch-free: the same exact update (in float64 the same spikes), its coefficients worked out beforehand
and written so that the compiler vectorises it. `free` is the tick from which a membrane moves again; a
held one has its step multiplied by zero, where Brian2's own way turns the time since the last spike into
ticks in every neuron and tick, and branches. The coefficients are shared variables: constants of a
namespace are doubles in the C++ and drag float32 arithmetic up to double.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Dict, List


@dataclass(frozen=True)
class Model:
    """What a NeuronGroup and its synapses are made of, as Brian2's strings."""

    equations: str
    step: str  # by run_regularly; empty: by the equations' own integration
    threshold: str
    reset: str
    refractory_ms: float  # 0: none of Brian2's own
    on_pre: List[str]  # by projection
    on_drive: str
    delay_ms: float
    constants: Dict[str, float]  # the neurons' own, by name


def vogels_abbott_model(tick_ms: float, branch_free: bool) -> Model:
    """tau_m 20 ms, tau_e 5 ms, tau_i 10 ms; v, ge and gi in volt, as plain numbers."""
    beta, ae, ai = (math.exp(-tick_ms / tau) for tau in (20.0, 5.0, 10.0))
    constants = {
        "EL": -0.049,
        "theta": -0.05,
        "v_reset": -0.06,
        "leak": 1 - beta,
        "ae": ae,
        "ai": ai,
        "ce": 5.0 / 15.0 * (beta - ae),
        "ci": 10.0 / 10.0 * (beta - ai),
        "hold": float(round(5.0 / tick_ms)),
    }
    plain = """
        dv/dt = (ge + gi - (v - EL)) / (20*ms) : 1 (unless refractory)
        dge/dt = -ge / (5*ms) : 1
        dgi/dt = -gi / (10*ms) : 1
    """
    stored = "v : 1\nge : 1\ngi : 1\nfree : 1\nnow : 1 (shared)"
    step = """
        now += 1
        v += (ce*ge + ci*gi - leak*(v - EL)) * int(now >= free)
        ge *= ae
        gi *= ai
    """
    return Model(
        equations=stored if branch_free else plain,
        step=step if branch_free else "",
        threshold="v > theta",
        reset="v = v_reset\nfree = now + hold" if branch_free else "v = v_reset",
        refractory_ms=0 if branch_free else 5.0,
        on_pre=["ge += w", "gi += w"],
        on_drive="",
        delay_ms=1.5,
        constants=constants,
    )


def fly_scale_model(tick_ms: float, branch_free: bool) -> Model:
    """tau_m 20 ms, tau_s 5 ms, threshold 1; a drive's event is lost while v is held."""
    beta, alpha = math.exp(-tick_ms / 20.0), math.exp(-tick_ms / 5.0)
    constants = {
        "leak": 1 - beta,
        "alpha": alpha,
        "gain": 5.0 / 15.0 * (beta - alpha),
        "hold": float(round(2.2 / tick_ms)),
    }
    plain = """
        dv/dt = (g - v) / (20*ms) : 1 (unless refractory)
        dg/dt = -g / (5*ms) : 1
    """
    step = """
        now += 1
        v += (gain*g - leak*v) * int(now >= free)
        g *= alpha
    """
    # An event acts at the next tick, and is lost where v is held at that one. Brian2 guards `v += 2` of
    # the plain form by itself, by the tick of the event: 0.8 % fewer spikes.
    lost = "*int(now_post + 1 >= free_post)" if branch_free else ""
    return Model(
        equations="v : 1\ng : 1\nfree : 1\nnow : 1 (shared)" if branch_free else plain,
        step=step if branch_free else "",
        threshold="v > 1",
        reset="v = 0\nfree = now + hold" if branch_free else "v = 0",
        refractory_ms=0 if branch_free else 2.2,
        on_pre=["g += w", "g += w"],
        on_drive=f"v_post += 2{lost}",
        delay_ms=1.8,
        constants=constants,
    )
