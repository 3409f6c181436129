"""Workload B in PyTorch: a conv net on 32x32x3, IF neurons with subtraction, T = 32 ticks.

conv32, conv32, conv64, pool, conv64, pool, fc512, fc10; the image is a constant drive, so the first
layer's sums are made once. Pools are linear: no neurons. Shapes: [tick * image, channel, row, column].
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from torch_neurons import fire_ticks

TICKS = 32
SYNOPS = 138e6
EXPECTED = {  # spikes an image, as the weights' README prints them
    "conv1": "58933",
    "conv2": "72987",
    "conv3": "141004",
    "conv4": "13330",
    "fc5": "745",
    "output": "15.9",
}


class ConvWorkload:
    """Weights, images and labels of weights/workload_b."""

    expected = EXPECTED
    synops = SYNOPS
    right = range(28, 35)  # by how nine ties of the spike count fall

    def __init__(self, weights: str) -> None:
        folder = Path(weights) / "workload_b"
        self.images = torch.from_numpy(np.load(folder / "x.npy")).float()
        self.labels = np.load(folder / "y.npy")
        self.weights = [torch.from_numpy(np.load(folder / f"W{i}.npy")) for i in range(1, 7)]
        self.samples = self.images.shape[0]


@dataclass(frozen=True)
class ConvPlan:
    """How ticks and memory are laid out."""

    channels_last: bool  # memory as [image, row, column, channel]
    fold: int  # ticks that one convolution takes as its batch; 1: a plain loop


class ConvForm:
    """B at one batch size under one plan. `totals` holds spikes by layer after run(True)."""

    def __init__(self, workload: ConvWorkload, batch: int, plan: ConvPlan) -> None:
        self.batch = batch
        self.fold = min(plan.fold, TICKS)
        self.format = torch.channels_last if plan.channels_last else torch.contiguous_format
        self.convs = [w.contiguous(memory_format=self.format) for w in workload.weights[:4]]
        self.dense = [w.t().contiguous() for w in workload.weights[4:]]
        if plan.channels_last:  # flatten is in (channel, row, column) order: the rows move along
            self.dense[0] = rows_channels_last(self.dense[0], 64, 8)
        self.totals: Dict[str, float] = {}
        starts = range(0, workload.samples, batch)
        self.batches = [
            workload.images[s : s + batch].contiguous(memory_format=self.format) for s in starts
        ]

    def run(self, counting: bool = False) -> Tensor:
        """Runs all images; returns the output layer's spike counts [image, 10]."""
        self.totals = {}
        return torch.cat([self.simulate(images, counting) for images in self.batches])

    def simulate(self, images: Tensor, counting: bool) -> Tensor:
        first = F.conv2d(images, self.convs[0], padding=1)
        channels = [w.shape[0] for w in self.convs]
        sizes = [first.shape[2]] * 3 + [first.shape[2] // 2]
        membranes = [self.zeros(len(images), c, s) for c, s in zip(channels, sizes)]
        spikes = [self.zeros(self.fold * len(images), c, s) for c, s in zip(channels, sizes)]
        dense = [torch.zeros(len(images), w.shape[1]) for w in self.dense]
        features, counts = [], torch.zeros_like(dense[1])
        for _ in range(0, TICKS, self.fold):
            current = first
            for layer in range(4):
                if layer > 0:
                    current = F.conv2d(current, self.convs[layer], padding=1)
                self.fire(membranes[layer], current, spikes[layer])
                if counting:
                    self.count(f"conv{layer + 1}", spikes[layer])
                current = F.avg_pool2d(spikes[layer], 2) if layer >= 2 else spikes[layer]
            features.append(self.flatten(current))
            if self.fold == 1:  # the plain loops stay plain: fc512's 8 MB are read every tick
                counts += self.classify(features.pop(), dense, counting)
        return counts if self.fold == 1 else self.classify(torch.cat(features), dense, counting)

    def classify(self, current: Tensor, membranes: List[Tensor], counting: bool) -> Tensor:
        """The dense layers over all ticks of `current`; returns the output's spike counts."""
        for layer, weights, membrane in zip(("fc5", "output"), self.dense, membranes):
            summed = torch.mm(current, weights)
            current = torch.empty_like(summed)
            images = len(membrane)
            fire_ticks(membrane, list(summed.split(images)), list(current.split(images)))
            if counting:
                self.count(layer, current)
        return current.view(-1, *membrane.shape).sum(0)

    def fire(self, membrane: Tensor, current: Tensor, spikes: Tensor) -> None:
        """Ticks of one layer; a current of one tick only (the image) is that of each."""
        images = membrane.shape[0]
        currents = current.split(images)
        if len(currents) < self.fold:
            currents = currents * self.fold
        fire_ticks(membrane, list(currents), list(spikes.split(images)))

    def zeros(self, images: int, channels: int, size: int) -> Tensor:
        return torch.zeros(images, channels, size, size).contiguous(memory_format=self.format)

    def flatten(self, maps: Tensor) -> Tensor:
        if self.format == torch.channels_last:
            maps = maps.permute(0, 2, 3, 1)
        return maps.reshape(maps.shape[0], -1)

    def count(self, layer: str, spikes: Tensor) -> None:
        self.totals[layer] = self.totals.get(layer, 0.0) + float(spikes.sum(dtype=torch.float64))


def rows_channels_last(weights: Tensor, channels: int, size: int) -> Tensor:
    """[channel * row * column, out] to [row * column * channel, out]."""
    cube = weights.view(channels, size * size, weights.shape[1])
    return cube.permute(1, 0, 2).reshape(weights.shape).contiguous()
