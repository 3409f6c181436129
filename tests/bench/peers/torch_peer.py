#!/usr/bin/python3
"""PyTorch as a peer for scripts/bench: workloads A and B in plain and tuned forms (README.md)."""

from __future__ import annotations

import os
import sys
import time
from typing import Any, Callable, Dict

# Read when the libraries load, so the process starts over with them: one thread, AVX-512 for
# element-wise kernels where the processor has it (torch itself stops at AVX2), and freed memory kept.
SETTINGS = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_TRIM_THRESHOLD_": "4000000000",
    "MALLOC_MMAP_THRESHOLD_": "4000000000",
    "MALLOC_TOP_PAD_": "268435456",
}


def start_over_with_settings() -> None:
    wanted = dict(SETTINGS)
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        if "avx512dq" in file.read():
            wanted["ATEN_CPU_CAPABILITY"] = "avx512"
    if any(name not in os.environ for name in wanted):
        os.environ.update({k: os.environ.get(k, v) for k, v in wanted.items()})
        os.execv(sys.executable, [sys.executable, *sys.argv])


if __name__ == "__main__":
    start_over_with_settings()

from protocol import PeerError, close_to_printed, serve  # noqa: E402

try:
    import torch
except ImportError:
    sys.exit("torch_peer.py: no module torch: scripts/install-deps peers, and run by /usr/bin/python3")

from torch_conv import ConvForm, ConvPlan, ConvWorkload  # noqa: E402
from torch_mlp import BagForm, LayerMajorForm, LoopForm, MlpWorkload  # noqa: E402
from torch_scripted import ScriptedBagForm  # noqa: E402

MLP_FORMS: Dict[str, Callable] = {
    "loop": LoopForm,
    "layer-major": LayerMajorForm,
    "bag-10": lambda workload, batch: BagForm(workload, batch, 10, False),
    "bag-20": lambda workload, batch: BagForm(workload, batch, 20, False),
    "bag-50": lambda workload, batch: BagForm(workload, batch, 50, False),
    "bag-joint-25": lambda workload, batch: BagForm(workload, batch, 25, True),
    "bag-joint-50": lambda workload, batch: BagForm(workload, batch, 50, True),
    "bag-scripted-25": lambda workload, batch: ScriptedBagForm(workload, batch, 25, True),
}
CONV_PLANS = {
    "loop": ConvPlan(channels_last=False, fold=1),
    "channels-last": ConvPlan(channels_last=True, fold=1),
    "fold-2": ConvPlan(channels_last=True, fold=2),
    "fold-4": ConvPlan(channels_last=True, fold=4),
    "fold-8": ConvPlan(channels_last=True, fold=8),
    "fold-32": ConvPlan(channels_last=True, fold=32),
}
BATCHES = {"A": (1, 8, 16, 32, 64, 128), "B": (1, 8, 16, 64)}
FORMS = [
    {"workload": workload, "form": form, "batch": batch}
    for workload, forms in (("A", MLP_FORMS), ("B", CONV_PLANS))
    for form in forms
    for batch in BATCHES[workload]
]


class TorchRun:
    """A form at a batch size, its answer checked when it is made."""

    def __init__(self, workload: Any, form: Any) -> None:
        self.form = form
        self.samples = workload.samples
        self.synops = workload.synops
        with torch.inference_mode():
            counts = form.run(counting=True)
        spikes = {name: total / self.samples for name, total in form.totals.items()}
        for layer, printed in workload.expected.items():
            close_to_printed(f"spikes of {layer} a sample", spikes[layer], printed)
        right = int((counts.numpy().argmax(1) == workload.labels).sum())  # the lowest class of a tie
        if right not in workload.right:
            raise PeerError(f"right answers: got {right}, expected {list(workload.right)}")
        self.check = {"spikes": spikes, "right": right}

    def run(self) -> float:
        with torch.inference_mode():
            start = time.perf_counter()
            self.form.run()
            return time.perf_counter() - start


class Peer:
    """Makes forms; keeps the workloads' files."""

    def __init__(self) -> None:
        self.loaded: Dict[Any, Any] = {}

    def prepare(self, request: Dict[str, Any]) -> TorchRun:
        name, form, batch = request["workload"], request["form"], int(request.get("batch", 1))
        known = {"A": MLP_FORMS, "B": CONV_PLANS}.get(name)
        if known is None or form not in known:
            expected = f"A {list(MLP_FORMS)} or B {list(CONV_PLANS)}"
            raise PeerError(f"torch: got workload {name!r}, form {form!r}, expected {expected}")
        key = (name, request["shared"])
        if key not in self.loaded:
            self.loaded[key] = (MlpWorkload if name == "A" else ConvWorkload)(request["shared"])
        workload = self.loaded[key]
        if batch < 1 or workload.samples % batch:
            raise PeerError(f"batch: got {batch}, expected a divisor of {workload.samples}")
        with torch.inference_mode():
            make = known[form] if name == "A" else lambda w, b: ConvForm(w, b, known[form])
            made = make(workload, batch)
        return TorchRun(workload, made)


if __name__ == "__main__":
    torch.set_num_threads(1)
    serve(Peer().prepare, FORMS)
