"""Builds a network as a Brian2 C++ standalone program, once, and runs that program.

A subprocess builds (Brian2's device is one a process). The program's clock stands around its
Network::run alone: neither connecting nor reading or writing files. It is kept in a cache under a name
that covers the network, the form, this file and Brian2's version.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Dict, Tuple

FLAGS = ["-O3", "-march=native", "-ffast-math", "-std=c++11", "-w"]


def cache_folder() -> Path:
    base = os.environ.get("SALTUS_BENCH_CACHE") or Path.home() / ".cache" / "saltus" / "bench"
    return Path(base) / "brian2"


def build(workload: str, form: str, weights: str, inputs: str, digest: str) -> Path:
    """The folder of the built program; compiles unless it is there."""
    import brian2

    here = Path(__file__).parent
    sources = b"".join((here / f).read_bytes() for f in ("brian_build.py", "brian_models.py"))
    content = hashlib.sha256(sources + digest.encode()).hexdigest()[:16]
    folder = cache_folder() / f"{workload}-{form}-{brian2.__version__}-{content}"
    if (folder / "built").is_file():
        return folder
    request = json.dumps([workload, form, weights, inputs, str(folder)])
    done = subprocess.run(
        [sys.executable, "-W", "ignore", __file__, request], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode != 0:
        raise RuntimeError(f"Brian2 cannot build {workload} {form}: {done.stdout.strip()[-2000:]}")
    (folder / "built").touch()
    return folder


def run(folder: Path) -> Tuple[float, int, int]:
    """One run of the program: seconds of the simulation loop, spikes, spikes times their synapses."""
    subprocess.run(["./main"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    seconds, spikes, synops = (folder / "timed.txt").read_text().split()
    return float(seconds), int(spikes), int(synops)


def timing_code(device, monitor, out_degrees) -> Dict[str, str]:
    """C++ around Network::run, and a short end: the arrays' results are not written."""
    count = device.get_array_name(monitor.variables["count"])
    degrees = device.get_array_name(out_degrees)
    return {
        "before_network_run": "const auto timed_from = std::chrono::steady_clock::now();",
        "after_network_run": f"""
            const std::chrono::duration<double> timed = std::chrono::steady_clock::now() - timed_from;
            long long timed_spikes = 0, timed_synops = 0;
            for (long long i = 0; i < _num_{count}; ++i) {{
                timed_spikes += {count}[i];
                timed_synops += static_cast<long long>({count}[i]) * {degrees}[i];
            }}
            std::ofstream("timed.txt") << timed.count() << " " << timed_spikes << " " << timed_synops << "\\n";
            std::_Exit(0);
        """,
    }


def make_neurons(b2, net, model, shared: bool):
    """The NeuronGroup of a model, and what it starts from. `shared`: constants as shared variables."""
    import numpy as np

    parameters = [f"{name} : 1 (shared, constant)" for name in model.constants if shared]
    extra = {"refractory": model.refractory_ms * b2.ms} if model.refractory_ms else {}
    neurons = b2.NeuronGroup(
        net.neurons,
        "\n".join([model.equations, "out_degree : integer (constant)", *parameters]),
        threshold=model.threshold,
        reset=model.reset,
        method=None if model.step else "exact",
        namespace={} if shared else model.constants,
        **extra,
    )
    for name, value in model.constants.items():
        if shared:
            setattr(neurons, name, value)
    if net.v0 is not None:
        neurons.v = net.v0
    degrees = sum(np.bincount(p.pre, minlength=net.neurons) for p in net.projections)
    neurons.out_degree = degrees.astype(np.int32)
    if model.step:
        neurons.run_regularly(model.step, when="groups")
    return neurons


def make_synapses(b2, neurons, projection, on_pre: str, delay_ms: float, shared: bool):
    """A projection of one weight; `shared`: a shared variable, else a constant."""
    synapses = b2.Synapses(
        neurons,
        neurons,
        "w : 1 (shared, constant)" if shared else "",
        on_pre=on_pre,
        delay=delay_ms * b2.ms,
        namespace={} if shared else {"w": projection.weight},
    )
    synapses.connect(i=projection.pre, j=projection.post)
    if shared:
        synapses.w = projection.weight
    return synapses


def make_drive(b2, neurons, net, on_drive: str) -> list:
    """The trains and a synapse from each to its neuron."""
    import numpy as np

    driven, places = np.unique(net.train_neurons, return_inverse=True)
    times = net.train_ticks * net.tick_ms * b2.ms
    trains = b2.SpikeGeneratorGroup(len(driven), places.astype(np.int32), times, sorted=True)
    synapses = b2.Synapses(trains, neurons, on_pre=on_drive, namespace={})
    synapses.connect(i=np.arange(len(driven)), j=driven)
    return [trains, synapses]


def build_here(workload: str, form: str, weights: str, inputs: str, folder: str) -> None:
    """Builds into `folder`, in this process."""
    import brian2 as b2
    import numpy as np
    from brian_models import fly_scale_model, vogels_abbott_model
    from brian_networks import make_network

    net = make_network(workload, weights, inputs)
    b2.set_device("cpp_standalone", directory=folder, build_on_run=False)
    b2.prefs.core.default_float_dtype = np.float64 if "float64" in form else np.float32
    b2.prefs.devices.cpp_standalone.openmp_threads = 0
    if not form.endswith("-default"):
        b2.prefs.codegen.cpp.extra_compile_args_gcc = FLAGS
    b2.prefs.codegen.cpp.headers += ["<chrono>", "<cstdlib>"]
    b2.defaultclock.dt = net.tick_ms * b2.ms
    shared = "branch-free" in form
    describe = fly_scale_model if workload == "I" else vogels_abbott_model
    model = describe(net.tick_ms, shared)
    neurons = make_neurons(b2, net, model, shared)
    objects = [neurons]
    for projection, on_pre in zip(net.projections, model.on_pre):
        objects.append(make_synapses(b2, neurons, projection, on_pre, model.delay_ms, shared))
    if model.on_drive:
        objects += make_drive(b2, neurons, net, model.on_drive)
    monitor = b2.SpikeMonitor(neurons, record=False)
    network = b2.Network(*objects, monitor)
    for slot, code in timing_code(b2.device, monitor, neurons.variables["out_degree"]).items():
        b2.device.insert_code(slot, code)
    network.run(1 * b2.second)
    b2.device.build(directory=folder, compile=True, run=False)


if __name__ == "__main__":
    build_here(*json.loads(sys.argv[1]))
