"""Norse's neurons, stepped by Norse, from the state its cells start in."""
import importlib.metadata

import torch
import norse.torch as norse
from norse.torch.functional.lif_box import LIFBoxParameters
from norse.torch.functional.leaky_integrator_box import LIBoxParameters
from norse.torch.functional.reset import reset_subtract
from norse.torch.module.lif_box import LIFBoxCell
from norse.torch.module.leaky_integrator_box import LIBoxCell

from case import NEURONS, input_of, margin_of, write

RING = -0.5 * torch.roll(torch.eye(NEURONS), 1, 0)  # neuron k inhibits the next one; the last one the first


def tensors(numbers):
    return {name: torch.as_tensor(number) for name, number in numbers.items()}


def case(cell, p, seed, threshold=1.0, exact=False, kind=None, silent=False, scale=1.0, ring=False):
    """ring: a recurrent cell, which wants a batch."""
    x = input_of(seed, scale)
    spikes, v, h, state = [], [], [], None
    with torch.no_grad():
        for tick in x:
            fired, state = cell(torch.tensor([tick] if ring else tick), state)
            membrane = state.lif.v if hasattr(state, "lif") else state.v
            membrane, fired = (membrane[0], fired[0]) if ring else (membrane, fired)
            v.append(membrane.tolist())
            fired = torch.zeros(len(tick)) if silent else fired
            spikes.append(fired.tolist())
            h.append(torch.where(fired > 0, torch.tensor(1.5 * threshold), membrane).tolist())
    out = {"p": p, "x": [x], "spikes": spikes, "v": v, "exact": exact, "silent": silent, "margin": margin_of(h, threshold)}
    return {**out, "neuron": kind} if kind else out


# dt tau_mem_inv = 1/8 and dt tau_syn_inv = 1/4.
p = {"threshold": 0.75, "v_leak": 0.125, "v_reset": -0.25, "tau_mem_inv": 125.0, "tau_syn_inv": 250.0, "dt": 0.001}
full = tensors({"v_th": 0.75, "v_leak": 0.125, "v_reset": -0.25, "tau_mem_inv": 125.0, "tau_syn_inv": 250.0})
lif = norse.LIFParameters(**full)
box = {name: full[name] for name in ("v_th", "v_leak", "v_reset", "tau_mem_inv")}
p_box = {name: p[name] for name in ("threshold", "v_leak", "v_reset", "tau_mem_inv", "dt")}
leaky = {name: full[name] for name in ("v_leak", "tau_mem_inv", "tau_syn_inv")}
cases = {
    "norse_lif": case(norse.LIFCell(p=lif), p, 1, 0.75, kind="norse.LIF"),
    "norse_lif_refrac": case(norse.LIFRefracCell(p=norse.LIFRefracParameters(lif=lif, rho_reset=torch.as_tensor(3.0))), {}, 1, 0.75),
    "norse_lif_recurrent": case(norse.LIFRecurrentCell(NEURONS, NEURONS, p=lif, input_weights=torch.eye(NEURONS), recurrent_weights=RING),
                                {}, 6, 0.75, ring=True),
    "norse_lif_box": case(LIFBoxCell(p=LIFBoxParameters(**box)), p_box | {"reset": "value"}, 2, 0.75, kind="norse.LIFBox", scale=4.0),
    "norse_lif_box_subtract": case(LIFBoxCell(p=LIFBoxParameters(**box, reset_method=reset_subtract)), p_box | {"reset": "subtract"},
                                   2, 0.75, kind="norse.LIFBox", scale=4.0),
    "norse_iaf": case(norse.IAFCell(p=norse.IAFParameters(v_th=torch.as_tensor(1.0), v_reset=torch.as_tensor(-0.25))),
                      {"threshold": 1.0, "v_reset": -0.25}, 3, exact=True, kind="norse.IAF"),
    "norse_li": case(norse.LICell(p=norse.LIParameters(**leaky)), {}, 4, silent=True),
    "norse_li_box": case(LIBoxCell(p=LIBoxParameters(v_leak=leaky["v_leak"], tau_mem_inv=leaky["tau_mem_inv"])), {}, 5, silent=True),
}
write("norse", f"Norse {importlib.metadata.version('norse')}, torch {torch.__version__}", cases)
