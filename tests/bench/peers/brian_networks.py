"""The recurrent workloads C, C-fine, C2 and I as plain arrays, read from files or drawn.

A folder of raw arrays, as Saltus's generator exports them, is read where it is given, so that both
sides run the same network:
    pre_P.i32, post_P.i32, weight_P.f32   projection P: 0 excitatory, 1 inhibitory, 2 (I) trains to neurons
    train_ticks_0.i32, train_indices_0.i32   (I) the drive's events
    v_init_0.f64                          initial membranes (C, C2), volt
"""

from __future__ import annotations

import hashlib
import lzma
from dataclasses import dataclass, field
from pathlib import Path
from typing import List, Optional

import numpy as np


@dataclass
class Projection:
    """Synapses of one weight, ascending (pre, post)."""

    pre: np.ndarray
    post: np.ndarray
    weight: float


@dataclass
class Network:
    """A workload: neurons of one kind, an excitatory and an inhibitory projection, perhaps a drive."""

    neurons: int
    tick_ms: float
    projections: List[Projection]
    v0: Optional[np.ndarray] = None
    train_ticks: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int32))
    train_neurons: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int32))

    def digest(self) -> str:
        """Names the network's content, for a cache."""
        content = hashlib.sha256(f"{self.neurons} {self.tick_ms}".encode())
        arrays = [self.train_ticks, self.train_neurons]
        for p in self.projections:
            arrays += [p.pre, p.post, np.float64([p.weight])]
        for array in arrays + ([] if self.v0 is None else [self.v0]):
            content.update(np.ascontiguousarray(array).tobytes())
        return content.hexdigest()[:16]


def read_projections(folder: Path, count: int) -> List[Projection]:
    return [
        Projection(
            np.fromfile(folder / f"pre_{p}.i32", np.int32),
            np.fromfile(folder / f"post_{p}.i32", np.int32),
            float(np.fromfile(folder / f"weight_{p}.f32", np.float32)[0]),
        )
        for p in range(count)
    ]


def exported(inputs: str, workload: str, name: str) -> Optional[Path]:
    """Where `inputs` holds the exported workload: there, or in a folder of the workload's name."""
    if not inputs:
        return None
    for folder in (Path(inputs) / workload, Path(inputs)):
        if (folder / name).is_file():
            return folder
    return None


def split_by_sign(pre: np.ndarray, post: np.ndarray, excitatory: int, weights: List[float]) -> List[Projection]:
    side = pre < excitatory
    return [
        Projection(pre[side], post[side], weights[0]),
        Projection(pre[~side], post[~side], weights[1]),
    ]


def vogels_abbott(weights: str, tick_ms: float) -> Network:
    """C, from weights/workload_c."""
    folder = Path(weights) / "workload_c"
    with lzma.open(folder / "pre.i32.xz") as pre, lzma.open(folder / "post.i32.xz") as post:
        pairs = [np.frombuffer(f.read(), np.int32) for f in (pre, post)]
    v0 = np.fromfile(folder / "v0.f64", np.float64)
    return Network(4000, tick_ms, split_by_sign(*pairs, 3200, [1.62e-3, -9e-3]), v0)


def dense_vogels_abbott(inputs: str) -> Network:
    """C2: exported, or drawn."""
    neurons, scale = 10000, 0.08
    weights = [1.62e-3 * scale, -9e-3 * scale]
    folder = exported(inputs, "C2", "v_init_0.f64")
    if folder is not None:
        projections = read_projections(folder, 2)
        for projection, weight in zip(projections, weights):  # the file's are rounded to float32
            projection.weight = weight
        return Network(neurons, 0.1, projections, np.fromfile(folder / "v_init_0.f64", np.float64))
    random = np.random.default_rng(1)
    connected = random.random((neurons, neurons), dtype=np.float32) < 0.1
    np.fill_diagonal(connected, False)
    pre, post = (a.astype(np.int32) for a in np.nonzero(connected))
    v0 = random.uniform(-0.06, -0.05, neurons)
    return Network(neurons, 0.1, split_by_sign(pre, post, 8000, weights), v0)


def fly_scale(inputs: str) -> Network:
    """I: exported, or drawn."""
    neurons = 130000
    folder = exported(inputs, "I", "train_ticks_0.i32")
    if folder is not None:
        *sides, driven = read_projections(folder, 3)
        trains = np.fromfile(folder / "train_indices_0.i32", np.int32)
        return Network(
            neurons,
            0.1,
            sides,
            train_ticks=np.fromfile(folder / "train_ticks_0.i32", np.int32),
            train_neurons=driven.post[trains],
        )
    random = np.random.default_rng(1)
    popularity = np.cumsum(np.exp(1.2 * random.standard_normal(neurons)))
    degrees = np.exp(np.log(115) - 1.2**2 / 2 + 1.2 * random.standard_normal(neurons))
    pre = np.repeat(np.arange(neurons, dtype=np.int64), (degrees + 0.5).astype(np.int64))
    drawn = np.searchsorted(popularity, random.random(len(pre)) * popularity[-1])
    pairs = np.unique(pre * neurons + np.minimum(drawn, neurons - 1))
    pre, post = (pairs // neurons).astype(np.int32), (pairs % neurons).astype(np.int32)
    excitatory = neurons // 5 * 3
    driven = random.choice(excitatory, 200, replace=False)
    ticks, trains = np.nonzero(random.random((10000, 200)) < 100 * 1e-4)
    return Network(
        neurons,
        0.1,
        split_by_sign(pre, post, excitatory, [0.05, -0.05]),
        train_ticks=ticks.astype(np.int32),
        train_neurons=driven[trains].astype(np.int32),
    )


def make_network(workload: str, weights: str, inputs: str) -> Network:
    """The network of a workload; throws OSError where a file is missing."""
    if workload == "C":
        return vogels_abbott(weights, 0.1)
    if workload == "C-fine":
        return vogels_abbott(weights, 0.01)
    if workload == "C2":
        return dense_vogels_abbott(inputs)
    if workload == "I":
        return fly_scale(inputs)
    raise ValueError(f"workload: got {workload!r}, expected C, C-fine, C2 or I")
