"""Brian2's usual neurons, stepped by Brian2 in float64 with its exact integration.

What arrives comes through real synapses: one source for each number of the input, which fires at its tick and adds its
weight on_pre. Brian2's order within a step: state update, threshold, synapses, reset. So what arrives at tick t acts on
the membrane at t + 1, and what arrives at v itself in the step of a firing is wiped out by the reset.
"""
import math

import brian2 as b2
import numpy

from case import NEURONS, TICKS, input_of, margin_of, write

b2.prefs.codegen.target = "numpy"
DT = 1 * b2.ms
NAMESPACE = {"tau": DT / math.log(4 / 3), "taue": DT / math.log(2), "taui": DT / math.log(8 / 7)}


def synapses(x, group, on_pre):
    ticks, neurons = numpy.nonzero(numpy.array(x))
    source = b2.SpikeGeneratorGroup(len(ticks), numpy.arange(len(ticks)), ticks * DT, dt=DT)
    made = b2.Synapses(source, group, "w : 1", on_pre=on_pre)
    made.connect(i=numpy.arange(len(ticks)), j=neurons)
    made.w = numpy.array(x)[ticks, neurons]
    return source, made


def case(model, theta, reset, inputs, refractory=False):
    """inputs: pairs of input and on_pre statement, one a receptor."""
    b2.start_scope()
    b2.defaultclock.dt = DT
    group = b2.NeuronGroup(NEURONS, model, threshold=f"v > {theta}", reset=reset, refractory=refractory, method="exact",
                           namespace=NAMESPACE)
    after = b2.StateMonitor(group, "v", record=True, when="end")
    tested = b2.StateMonitor(group, "v", record=True, when="before_thresholds")
    fired = b2.SpikeMonitor(group)
    network = b2.Network(group, after, tested, fired, *(part for x, on_pre in inputs for part in synapses(x, group, on_pre)))
    network.run(TICKS * DT)
    spikes = numpy.zeros((TICKS, NEURONS))
    spikes[numpy.round(fired.t / DT).astype(int), fired.i] = 1
    return {"p": {}, "x": [x for x, _ in inputs], "spikes": spikes.tolist(), "v": after.v.T.tolist(), "exact": False,
            "margin": margin_of(tested.v.T.tolist(), theta), "tested": tested.v.T.tolist()}


cases = {
    "brian2_lif": case("dv/dt = -v / tau : 1", 0.75, "v = 0", [(input_of(1), "v_post += w")]),
    "brian2_lif_refractory": case("dv/dt = -v / tau : 1 (unless refractory)", 0.75, "v = 0", [(input_of(2), "v_post += w")],
                                  refractory=4 * b2.ms),
    "brian2_cuba": case("""dv/dt = (ge + gi - v) / tau : 1 (unless refractory)
                           dge/dt = -ge / taue : 1
                           dgi/dt = -gi / taui : 1""", 0.5, "v = -0.25",
                        [(input_of(3, 4.0), "ge_post += w"), (input_of(4, -0.25), "gi_post += w")], refractory=4 * b2.ms),
}
if __name__ == "__main__":
    # v after the tick, but without what arrived at v in it: that acts on the next one.
    for name in ("brian2_lif", "brian2_lif_refractory"):
        one = cases[name]
        one["delay"] = 1
        one["v"] = [[0.0 if s else h for s, h in zip(*pair)] for pair in zip(one["spikes"], one["tested"])]
    write("brian2", f"Brian2 {b2.__version__}", cases)
