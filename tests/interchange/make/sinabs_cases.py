"""sinabs's neurons, stepped by sinabs: [1, tick, neuron] at once, states recorded."""
import math
import importlib.metadata

import torch
import sinabs.layers
from sinabs.activation import MembraneReset, MultiSpike, SingleSpike

from case import NEURONS, input_of, margin_of, write


def membranes(layer, x):
    """After each tick, from runs of every length: sinabs 3.1.3 overwrites what it recorded of a recurrent layer."""
    v = []
    for ticks in range(1, len(x) + 1):
        layer.reset_states()
        with torch.no_grad():
            layer(torch.tensor(x[:ticks]).unsqueeze(0))
        v.append(layer.v_mem[0].clone())
    return torch.stack(v)


def case(layer, p, seed, threshold=1.0, exact=True, kind=None, scale=1.0, silent=False, hidden=False, recurrent=False):
    x = input_of(seed, scale)
    with torch.no_grad():
        out = layer(torch.tensor(x).unsqueeze(0))[0]
    v = layer.recordings["v_mem"][0] if not recurrent else membranes(layer, x)
    spikes = torch.zeros_like(out) if silent else out
    h = torch.where(spikes > 0, torch.tensor(1.5 * threshold), v) if hidden else v + spikes * threshold
    made = {"p": p, "x": [x], "spikes": spikes.tolist(), "v": v.tolist(), "exact": exact, "silent": silent,
            "margin": margin_of(h.tolist(), threshold)}
    return {**made, "neuron": kind} if kind else made


def threshold(value):
    return {"spike_threshold": torch.tensor(value), "record_states": True}


layers = sinabs.layers
ring = torch.nn.Linear(NEURONS, NEURONS, bias=False)  # neuron k inhibits the next one; the last one the first
ring.weight.data = -0.5 * torch.roll(torch.eye(NEURONS), 1, 0)
tau = 1 / math.log(4 / 3)  # exp(-1 / tau) = 0.75
cases = {
    "sinabs_iaf": case(layers.IAF(**threshold(0.75), min_v_mem=-0.5), {"threshold": 0.75, "min_v": -0.5, "spike": "multi"}, 1, 0.75,
                       kind="sinabs.IAF", scale=2.0),
    "sinabs_iaf_single": case(layers.IAF(**threshold(0.75), spike_fn=SingleSpike), {"threshold": 0.75, "min_v": None, "spike": "single"},
                              1, 0.75, kind="sinabs.IAF"),
    "sinabs_iaf_to_zero": case(layers.IAF(**threshold(0.75), spike_fn=SingleSpike, reset_fn=MembraneReset()), {}, 2, 0.75, hidden=True),
    "sinabs_iaf_recurrent": case(layers.IAFRecurrent(rec_connect=ring, **threshold(0.75)), {}, 6, 0.75, recurrent=True),
    "sinabs_lif": case(layers.LIF(tau_mem=tau, **threshold(0.5)), {}, 3, 0.5, exact=False, scale=4.0),
    "sinabs_lif_current": case(layers.LIF(tau_mem=tau, tau_syn=1 / math.log(2), norm_input=False, spike_fn=SingleSpike, **threshold(1.0)),
                               {}, 4, exact=False),
    "sinabs_exp_leak": case(layers.ExpLeak(tau_mem=tau, record_states=True), {}, 5, silent=True, exact=False),
}
write("sinabs", f"sinabs {importlib.metadata.version('sinabs')}, torch {torch.__version__}", cases)
