"""What nir reads in the .nirdata files that `saltus trace export` makes of nirdata/spikes.csv, into nirdata/read_by_nir.json.

    python3 tests/interchange/make/nir_data_cases.py [SALTUS]      # SALTUS: build/release/cli/saltus

Both forms are held against the .csv here, by nir's own reader and its own conversions from one to the other;
tests/models/interchange/nir_data_export_test.cpp holds what HDF5's tools read to read_by_nir.json.
"""
import csv
import importlib.metadata
import json
import pathlib
import subprocess
import sys
import tempfile

import nir
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
SHAPES = {"pixels": (2, 2, 3), "graded": (5,)}
TICK = 0.0001
HORIZON = 200
SAMPLES = [3, 8]


def spikes_of(name, sample):
    rows = csv.DictReader(open(HERE.parent / "nirdata/spikes.csv"))
    return [(int(r["tick"]), int(r["neuron"]), float(r["payload"])) for r in rows
            if r["population"] == name and int(r["sample"]) == sample]


def grid_of(name):
    grid = np.zeros((len(SAMPLES), HORIZON, int(np.prod(SHAPES[name]))))
    for row, sample in enumerate(SAMPLES):
        for tick, neuron, payload in spikes_of(name, sample):
            grid[row, tick, neuron] = payload
    return grid


def export(saltus, folder):
    neurons = [f"{name}={'x'.join(map(str, shape))}" for name, shape in SHAPES.items()]
    trace = folder / "x.saltrace"
    subprocess.run([saltus, "trace", "import", HERE.parent / "nirdata/spikes.csv", "-o", trace, "--tick", str(TICK),
                    "--horizon", str(HORIZON), "--neurons", *neurons], check=True)
    subprocess.run([saltus, "trace", "export", trace, "-o", folder / "events.nirdata"], check=True)
    subprocess.run([saltus, "trace", "export", trace, "--grid", "-o", folder / "grid.nirdata"], check=True)
    return nir.read_data(str(folder / "events.nirdata")), nir.read_data(str(folder / "grid.nirdata"))


def main():
    saltus = sys.argv[1] if len(sys.argv) > 1 else HERE.parents[2] / "build/release/cli/saltus"
    with tempfile.TemporaryDirectory() as folder:
        events, grid = export(saltus, pathlib.Path(folder))
    assert list(events.nodes) == list(grid.nodes), "the nodes' order"
    assert set(events.nodes) == set(SHAPES)
    result = {"nir": importlib.metadata.version("nir"), "numpy": np.__version__, "populations": {}}
    for name in SHAPES:
        some = events.nodes[name].observables["spikes"]
        whole = grid.nodes[name].observables["spikes"]
        expected = grid_of(name)
        assert type(some) is (nir.EventData if name == "pixels" else nir.ValuedEventData)
        assert type(whole) is nir.TimeGriddedData and whole.dt == TICK
        assert some.n_neurons == whole.n_neurons == expected.shape[2]
        assert whole.data.dtype == (bool if name == "pixels" else np.float32)
        assert np.array_equal(whole.data, expected)
        made = some.to_time_gridded(TICK)  # floors: a time just below its tick would land in the one before
        assert np.array_equal(made.data, expected), "events put on a grid by nir"
        if name == "pixels":
            back = whole.to_event(some.shape[1])
            for row in range(len(SAMPLES)):  # neurons of one tick stand in no order that NIR asks for
                assert sorted(zip(np.rint(back.time[row] / TICK), back.idx[row])) == sorted(
                    zip(np.rint(some.time[row] / TICK), some.idx[row]))
        result["populations"][name] = {
            "type": type(some).__name__, "n_neurons": some.n_neurons, "t_max": some.t_max,
            "idx": some.idx.tolist(), "time": [[t if np.isfinite(t) else "inf" for t in row] for row in some.time],
            "value": some.value.tolist() if name == "graded" else None,
            "grid": [[int(i), int(t), int(n), float(whole.data[i, t, n])] for i, t, n in np.argwhere(whole.data)],
            "grid_shape": list(whole.shape)}
    json.dump(result, open(HERE.parent / "nirdata/read_by_nir.json", "w"))
    print("nir", result["nir"], "reads all of", ", ".join(SHAPES))


if __name__ == "__main__":
    main()
