"""What all makers share: the input, how a framework's neuron is stepped and written down.

Every case is one neuron of a framework, several of a kind side by side, each with its own input and no synapse between
them. The input is a real number a neuron and tick, a multiple of 1/64, so that what arrives is the same number
everywhere; a neuron takes it as it would take the sum of its weighted spikes.
"""
import json
import pathlib
import random

import numpy

TICKS, NEURONS = 32, 6
FOLDER = pathlib.Path(__file__).resolve().parent.parent


def input_of(seed, scale=1.0):
    """[tick][neuron], multiples of scale / 64 from -0.5 to 1.5 scale; three of eight are 0."""
    draw = random.Random(seed)  # random.random and randint of Python's Mersenne twister: the same everywhere
    return [[0.0 if draw.random() < 0.375 else scale * draw.randint(-32, 96) / 64 for _ in range(NEURONS)]
            for _ in range(TICKS)]


def spike_text(spikes):
    """One string a tick: a digit for each neuron (a number of spikes above 9 in letters, a = 10)."""
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    return ["".join(digits[int(n)] for n in tick) for tick in spikes]


def short(values):
    """float32 values as the shortest decimals that name them."""
    return [[float(numpy.format_float_scientific(numpy.float32(v), unique=True)) for v in tick] for tick in values]


def write(name, framework, cases):
    """cases: {name: {p, x, spikes, v, exact, margin, ...}}; spikes and v are [tick][neuron], x a list of these, one a
    receptor; exact: v is to come out bit for bit; delay: of the projections that bring x (0); neuron and p: which of
    Saltus's dialects it is, too."""
    out = {"framework": framework, "ticks": TICKS, "neurons": NEURONS, "cases": {}}
    for case, given in cases.items():
        fired = sum(sum(tick) for tick in given["spikes"])
        assert given.get("silent") or fired >= 12, f"{case}: only {fired} spikes"
        # Not exact: an exact membrane may round to another float32 here, so none may come near its threshold.
        assert given["exact"] or given.get("silent") or given["margin"] > 1e-4, f"{case}: {given['margin']}"
        entry = {key: given[key] for key in ("neuron", "p", "exact", "delay") if given.get(key) not in (None, {})}
        entry["x"] = given["x"]
        entry["spikes"] = spike_text(given["spikes"])
        entry["v"] = short(given["v"])
        out["cases"][case] = entry
        print(f"{case}: {int(fired)} spikes, margin {given.get('margin', float('nan')):.2g}, exact {given['exact']}")
    lines = json.dumps(out, separators=(",", ":")).replace('],[', '],\n[').replace('},"', '},\n"').replace('"v":', '\n"v":')
    (FOLDER / f"{name}.json").write_text(lines + "\n")


def margin_of(h, theta):
    """How near any tested membrane came to a multiple of its threshold (relative)."""
    return min(abs(v / theta - max(1, round(v / theta))) for tick in h for v in tick)
