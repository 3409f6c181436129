"""NEST's neurons, stepped by NEST in float64 with its exact propagators.

A spike generator a neuron sends each number of the input as the weight of a spike. NEST's delays are at least one step:
a spike sent at step s through delay 1 arrives in the update of the step that ends at s + 1, which is tick s here.
"""
import math

import nest
import numpy

from case import NEURONS, TICKS, input_of, margin_of, write

DT = 1.0  # ms


def case(model, parameters, inputs, theta):
    """inputs: [tick][neuron], one a sign: excitatory (+), inhibitory (-)."""
    nest.ResetKernel()
    nest.set_verbosity("M_ERROR")
    nest.SetKernelStatus({"resolution": DT})
    neurons = nest.Create(model, NEURONS, params=parameters)
    for x in inputs:
        for j, neuron in enumerate(neurons):
            ticks = [t for t in range(TICKS) if x[t][j] != 0]
            generator = nest.Create("spike_generator", params={"spike_times": [DT * (t + 1) for t in ticks],
                                                              "spike_weights": [x[t][j] for t in ticks]})
            nest.Connect(generator, neuron, syn_spec={"delay": DT, "weight": 1.0})
    meter = nest.Create("multimeter", params={"record_from": ["V_m"], "interval": DT})
    recorder = nest.Create("spike_recorder")
    nest.Connect(meter, neurons)
    nest.Connect(neurons, recorder)
    nest.Simulate(DT * (TICKS + 3))
    first = neurons[0].global_id
    offset = 2  # tick 0 is the update that ends at 2 ms
    v = numpy.zeros((TICKS, NEURONS))
    for sender, time, value in zip(*(meter.events[key] for key in ("senders", "times", "V_m"))):
        tick = int(round(time / DT)) - offset
        if 0 <= tick < TICKS:
            v[tick, sender - first] = value
    spikes = numpy.zeros((TICKS, NEURONS))
    for sender, time in zip(recorder.events["senders"], recorder.events["times"]):
        tick = int(round(time / DT)) - offset
        if 0 <= tick < TICKS:
            spikes[tick, sender - first] = 1
    hidden = numpy.where(spikes > 0, 1.5 * theta, v)
    return {"p": {}, "x": inputs, "spikes": spikes.tolist(), "v": v.tolist(), "exact": False,
            "margin": margin_of(hidden.tolist(), theta)}


tau = DT / math.log(4 / 3)
common = {"E_L": 0.0, "V_m": 0.0, "V_th": 0.5, "V_reset": -0.25, "tau_m": tau, "t_ref": 3.0, "C_m": tau, "I_e": 0.0}
cases = {
    "nest_iaf_psc_delta": case("iaf_psc_delta", common, [input_of(1)], 0.5),
    "nest_iaf_psc_exp": case("iaf_psc_exp", common | {"tau_syn_ex": DT / math.log(2), "tau_syn_in": DT / math.log(8 / 7)},
                             [[[abs(v) * 2 for v in tick] for tick in input_of(2)],
                              [[-abs(v) / 4 for v in tick] for tick in input_of(3)]], 0.5),
}
write("nest", f"NEST {nest.__version__}", cases)
