"""snnTorch's neurons, stepped by snnTorch."""
import snntorch
import torch

from case import NEURONS, input_of, margin_of, write


def run(neuron, x, states):
    """Steps `neuron` from its own initial state; its last state is the membrane."""
    spikes, v, state = [], [], ()
    with torch.no_grad():
        for tick in x:
            spike, *state = neuron(torch.tensor(tick), *state)
            spikes.append(spike.tolist())
            v.append(state[-1].tolist())
    assert len(state) == states
    return spikes, v


def case(make, p, seed, states=1, scale=1.0, exact=True, neuron=None, recurrent=0):
    """recurrent: how many states come after the neuron's own spikes, which it takes back."""
    x = input_of(seed, scale)
    made = make()
    if recurrent:
        spikes, v, state = [], [], [torch.zeros(NEURONS) for _ in range(1 + recurrent)]
        with torch.no_grad():
            for tick in x:
                state = made(torch.tensor(tick), *state)
                spikes.append(state[0].tolist())
                v.append(state[-1].tolist())
    else:
        spikes, v = run(made, x, states)
    out = {"p": p, "x": [x], "spikes": spikes, "v": v, "exact": exact, "margin": margin_of(v, float(made.threshold))}
    return {**out, "neuron": neuron} if neuron else out


cases = {}
for reset in ("subtract", "zero"):
    for delay in (True, False):
        p = {"threshold": 1.0, "beta": 0.9, "reset": reset, "reset_delay": delay}
        name = f"snntorch_leaky_{reset}" + ("" if delay else "_no_delay")
        cases[name] = case(lambda: snntorch.Leaky(beta=0.9, reset_mechanism=reset, reset_delay=delay), p, 1, neuron="snntorch.Leaky")
        p = {"threshold": 1.5, "alpha": 0.5, "beta": 0.75, "reset": reset, "reset_delay": delay}
        name = f"snntorch_synaptic_{reset}" + ("" if delay else "_no_delay")
        cases[name] = case(lambda: snntorch.Synaptic(alpha=0.5, beta=0.75, threshold=1.5, reset_mechanism=reset, reset_delay=delay),
                           p, 2, states=2, neuron="snntorch.Synaptic")
    # R = C = 2: beta and the input's factor are 0.75 and 0.5 exactly.
    cases[f"snntorch_lapicque_{reset}"] = case(lambda: snntorch.Lapicque(R=2.0, C=2.0, reset_mechanism=reset), {}, 3)
    V = torch.full((NEURONS,), -0.5)
    cases[f"snntorch_rleaky_{reset}"] = case(
        lambda: snntorch.RLeaky(beta=0.9, V=V, all_to_all=False, reset_mechanism=reset), {}, 4, recurrent=1)
    cases[f"snntorch_rsynaptic_{reset}"] = case(
        lambda: snntorch.RSynaptic(alpha=0.5, beta=0.75, V=V, all_to_all=False, reset_mechanism=reset), {}, 6, recurrent=2, exact=False)
# A learned factor beyond 1 is taken as 1.
cases["snntorch_leaky_beta_beyond_1"] = case(lambda: snntorch.Leaky(beta=1.25), {"threshold": 1.0, "beta": 1.25, "reset": "subtract"}, 5,
                                             scale=0.5, neuron="snntorch.Leaky")
write("snntorch", f"snnTorch {snntorch.__version__}, torch {torch.__version__}", cases)
