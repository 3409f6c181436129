"""The seed paper's neuron (Muramatsu and Yu, arXiv 2102.10592), whose code is no package: a plain loop of its equations in
float64, with the coefficients of its public code before training (tau_m = 4, tau_s = 1)."""
import math

from case import NEURONS, TICKS, input_of, margin_of, write

m, s = math.exp(-1 / 4), math.exp(-1)
x = input_of(1, 2.0)
p1, p2, r = ([0.0] * NEURONS for _ in range(3))
spikes, v = [], []
for tick in x:
    p = [(m + s) * a - m * s * b + (m - s) * c for a, b, c in zip(p1, p2, tick)]
    p1, p2 = p, p1
    v.append([a - b for a, b in zip(p, r)])
    spikes.append([1.0 if a > 1 else 0.0 for a in v[-1]])
    r = [m * a + b for a, b in zip(r, spikes[-1])]
assert len(v) == TICKS
write("seed", "a loop of the equations in float64", {"seed_neuron": {
    "p": {}, "x": [x], "spikes": spikes, "v": v, "exact": False, "margin": margin_of(v, 1.0)}})
