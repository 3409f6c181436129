"""SpikingJelly's neurons, stepped by SpikingJelly. Hard resets have a v_reset other than 0, where the neuron also starts."""
import importlib.metadata

import torch
from spikingjelly.activation_based import neuron

from case import NEURONS, input_of, margin_of, write


def case(made, p, seed, scale=1.0, exact=True, kind=None):
    made.eval()
    x = input_of(seed, scale)
    spikes, v, h = [], [], []
    with torch.no_grad():
        for tick in x:
            fired = made(torch.tensor(tick))
            spikes.append(fired.tolist())
            v.append(made.v.tolist())
            # The value tested: what the reset left, with what it took put back; hard resets hide it where a neuron fires.
            h.append((made.v + fired * made.v_threshold).tolist() if made.v_reset is None
                     else torch.where(fired > 0, made.v_threshold * 1.5, made.v).tolist())
    out = {"p": p, "x": [x], "spikes": spikes, "v": v, "exact": exact, "margin": margin_of(h, made.v_threshold)}
    return {**out, "neuron": kind} if kind else out


cases = {}
for name, v_reset in (("soft", None), ("hard", -0.25)):
    p = {"threshold": 1.0, "v_reset": v_reset}
    cases[f"spikingjelly_if_{name}"] = case(neuron.IFNode(v_threshold=1.0, v_reset=v_reset), p, 1, kind="sj.IF")
    for decay in (True, False):
        p = {"threshold": 0.75, "v_reset": v_reset, "tau": 4.0, "decay_input": decay}
        made = neuron.LIFNode(tau=4.0, decay_input=decay, v_threshold=0.75, v_reset=v_reset)
        cases[f"spikingjelly_lif_{name}" + ("" if decay else "_no_decay_input")] = case(
            made, p, 2, scale=2.0 if decay else 1.0, exact=False, kind="sj.LIF")
# Its w = -ln(tau - 1) makes 1 / tau = sigmoid(w).
cases["spikingjelly_plif"] = case(neuron.ParametricLIFNode(init_tau=4.0, v_reset=-0.25), {}, 3, scale=4.0, exact=False)
cases["spikingjelly_half_threshold_if"] = case(neuron.HalfThresholdIFNode(v_threshold=1.0), {}, 4)
cases["spikingjelly_cuba_lif"] = case(neuron.CUBALIFNode(c_decay=0.5, v_decay=0.75, v_threshold=1.0, v_reset=-0.25), {}, 5)
x = input_of(6)
v = [tick.tolist() for tick in neuron.NonSpikingLIFNode(tau=4.0)(torch.tensor(x))]
cases["spikingjelly_non_spiking_lif"] = {"p": {}, "x": [x], "spikes": [[0] * NEURONS] * len(x), "v": v, "exact": False, "silent": True}
write("spikingjelly", f"SpikingJelly {importlib.metadata.version('spikingjelly')}, torch {torch.__version__}", cases)
