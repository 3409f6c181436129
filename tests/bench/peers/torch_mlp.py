"""Workload A in PyTorch: the MNIST MLP 784-500-500-10, IF neurons with subtraction, T = 100 ticks.

Encoding is outside the clock for all: dense forms are given float spikes [tick, sample, pixel], list
forms the input layer's spikes as lists. What hidden layers need is made inside the clock.
"""

from __future__ import annotations

import lzma
from pathlib import Path
from typing import Dict, List, Tuple

import numpy as np
import torch
from torch import Tensor

from torch_neurons import fire_ticks

SYNOPS = 6.27e6
# Spikes a sample, as the weights' README prints them.
EXPECTED = {"hidden1": "3144.4", "hidden2": "5961.7", "output": "46.65"}
PADDED = 512  # the hidden layers' 500, padded; a power of two, so that a mask finds the column
BLOCK = 128  # at this width embedding_bag keeps a sum in registers; at 500 it does not (2.4 x slower)
BLOCKS = PADDED // BLOCK


class MlpWorkload:
    """Weights, spikes and labels of weights/workload_a."""

    expected = EXPECTED
    synops = SYNOPS
    right = range(127, 128)

    def __init__(self, weights: str) -> None:
        folder = Path(weights) / "workload_a"
        with lzma.open(folder / "in_spikes_T_N_784.npy.xz") as packed:
            self.spikes = torch.from_numpy(np.load(packed))  # uint8 [tick, sample, pixel]
        self.labels = np.load(folder / "y.npy")
        loaded = [torch.from_numpy(np.load(folder / f"W{i}.npy")) for i in (1, 2, 3)]
        self.weights = [w.t().contiguous() for w in loaded]  # [in, out]
        self.samples = self.spikes.shape[1]


class MlpForm:
    """A way of computing A at one batch size. `totals` holds spikes by layer after run(True)."""

    def __init__(self, workload: MlpWorkload, batch: int) -> None:
        self.batch = batch
        self.ticks = workload.spikes.shape[0]
        self.weights = workload.weights
        self.totals: Dict[str, float] = {}
        starts = range(0, workload.samples, batch)
        self.batches = [self.encode(workload.spikes[:, s : s + batch]) for s in starts]

    def run(self, counting: bool = False) -> Tensor:
        """Runs all samples; returns the output layer's spike counts [sample, 10]."""
        self.totals = {}
        counts = torch.cat([self.simulate(encoded, counting) for encoded in self.batches])
        if counting:
            self.count("output", counts)
        return counts

    def encode(self, spikes: Tensor):
        """Outside the clock: uint8 [tick, batch, pixel] to what simulate() takes."""
        return spikes.float().contiguous()

    def simulate(self, encoded, counting: bool) -> Tensor:
        """Runs one batch; returns [batch, 10]."""
        raise NotImplementedError

    def count(self, layer: str, spikes: Tensor) -> None:
        self.totals[layer] = self.totals.get(layer, 0.0) + float(spikes.sum(dtype=torch.float64))


class LoopForm(MlpForm):
    """The plain loop: tick by tick, in place."""

    def simulate(self, encoded: Tensor, counting: bool) -> Tensor:
        batch = encoded.shape[1]
        threshold = torch.ones(())
        membranes = [torch.zeros(batch, w.shape[1]) for w in self.weights]
        spikes = [torch.empty_like(v) for v in membranes]
        counts = torch.zeros_like(membranes[-1])
        for current in encoded:
            for weights, membrane, fired in zip(self.weights, membranes, spikes):
                membrane.addmm_(current, weights)
                torch.ge(membrane, threshold, out=fired)
                membrane.sub_(fired)
                current = fired
            counts.add_(spikes[-1])
            if counting:
                self.count("hidden1", spikes[0])
                self.count("hidden2", spikes[1])
        return counts


class LayerMajorForm(MlpForm):
    """Layer by layer: one matrix product over all ticks, then the ticks of the membranes."""

    def simulate(self, encoded: Tensor, counting: bool) -> Tensor:
        current = encoded
        for layer, weights in enumerate(self.weights, 1):
            ticks, batch, _ = current.shape
            summed = torch.mm(current.view(ticks * batch, -1), weights).view(ticks, batch, -1)
            current = torch.empty_like(summed)
            fire_ticks(torch.zeros_like(summed[0]), summed.unbind(0), current.unbind(0))
            if counting and layer < len(self.weights):
                self.count(f"hidden{layer}", current)
        return current.sum(0)


def padded_rows(weights: Tensor) -> Tensor:
    """[in, out] to [PADDED, out], zeros below."""
    padded = torch.zeros(PADDED, weights.shape[1])
    padded[: len(weights)] = weights
    return padded


def blocked(weights: Tensor) -> Tensor:
    """[in, out] to [BLOCKS * in, BLOCK]: slices of columns, one under the other."""
    padded = torch.zeros(weights.shape[0], PADDED)
    padded[:, : weights.shape[1]] = weights
    return torch.cat(padded.split(BLOCK, 1)).contiguous()


def bag(table: Tensor, indices: Tensor, offsets: Tensor) -> Tensor:
    """Sums of rows of `table`: row i of the result is that of indices[offsets[i]:offsets[i + 1]]."""
    return torch.embedding_bag(table, indices, offsets, False, 0, False, None, True)[0]


class BagForm(MlpForm):
    """embedding_bag over spike lists, in chunks of ticks.

    The first layer's lists are made outside the clock, each row four times (once a block of columns),
    so that its sums come out as [tick, sample, column]. The second layer's are made of the first's
    spikes inside the clock. The output layer, ten columns wide, is a dense product.
    `joint`: the three layers stand in one membrane array, each a chunk of ticks behind the one
    before, so that a tick is three calls instead of nine: fewer calls, more to copy.
    """

    def __init__(self, workload: MlpWorkload, batch: int, chunk: int, joint: bool) -> None:
        self.chunk, self.joint = chunk, joint
        first, second, output = workload.weights
        self.tables = [blocked(first), blocked(padded_rows(second))]
        self.output = padded_rows(output)
        self.block_of_row = (torch.arange(BLOCKS) * PADDED).view(-1, 1)
        rows = chunk * batch
        self.offsets = torch.zeros(rows * BLOCKS + 1, dtype=torch.int64)
        self.silent = torch.zeros(rows, PADDED)
        super().__init__(workload, batch)

    def encode(self, spikes: Tensor) -> List[Tuple[Tensor, Tensor]]:
        """A list of (indices, offsets), one a chunk; bags in (tick, sample, block) order."""
        lists = []
        for chunk in spikes.split(self.chunk):
            rows = chunk.reshape(-1, 1, chunk.shape[2]).bool()
            place = rows.expand(-1, BLOCKS, -1).nonzero()
            sizes = rows.sum(2).expand(-1, BLOCKS).reshape(-1)
            offsets = torch.zeros(len(sizes) + 1, dtype=torch.int64)
            torch.cumsum(sizes, 0, out=offsets[1:])
            lists.append((place[:, 1] * chunk.shape[2] + place[:, 2], offsets))
        return lists

    def second_layer(self, spikes: Tensor) -> List[Tensor]:
        """The sums that spikes [row, PADDED] cause, as BLOCKS tensors [row, BLOCK]."""
        # numpy's list of a bool array costs half of torch's, and bool() a quarter of ne().
        columns = torch.from_numpy(np.flatnonzero(spikes.bool().numpy())).bitwise_and_(PADDED - 1)
        torch.cumsum(spikes.sum(1).repeat(BLOCKS), 0, out=self.offsets[1:])
        indices = (columns.view(1, -1) + self.block_of_row).view(-1)
        sums = bag(self.tables[1], indices, self.offsets)
        return list(sums.view(BLOCKS, len(spikes), BLOCK).unbind(0))

    def simulate(self, encoded, counting: bool) -> Tensor:
        return (self.jointly if self.joint else self.apart)(encoded, counting)

    def apart(self, encoded: List[Tuple[Tensor, Tensor]], counting: bool) -> Tensor:
        """Three membrane arrays; a chunk runs through all layers."""
        shapes = [(self.batch, PADDED), (self.batch, PADDED), (self.batch, 10)]
        membranes = [torch.zeros(s) for s in shapes]
        spikes = [torch.empty((self.chunk,) + s) for s in shapes]
        each = [list(s.unbind(0)) for s in spikes]
        counts = torch.zeros(shapes[2])
        for indices, offsets in encoded:
            for layer in range(3):
                rows = spikes[layer - 1].view(self.chunk * self.batch, -1)
                if layer == 0:
                    sums = bag(self.tables[0], indices, offsets)
                elif layer == 1:
                    sums = torch.cat(self.second_layer(rows), 1)
                else:
                    sums = torch.mm(rows, self.output)
                fire_ticks(membranes[layer], sums.view(spikes[layer].shape).unbind(0), each[layer])
                if counting and layer < 2:
                    self.count(f"hidden{layer + 1}", spikes[layer])
            counts += spikes[2].sum(0)
        return counts

    def jointly(self, encoded: List[Tuple[Tensor, Tensor]], counting: bool) -> Tensor:
        """One membrane array [sample, both hidden layers and the output]."""
        width = 2 * PADDED + 10
        membrane = torch.zeros(self.batch, width)
        spikes = torch.zeros(self.chunk, self.batch, width)
        each = list(spikes.unbind(0))
        rows = spikes.view(-1, width)
        counts = torch.zeros(self.batch, 10)
        for step in range(len(encoded) + 2):  # the last two empty the pipeline
            first = self.silent
            if step < len(encoded):
                first = bag(self.tables[0], *encoded[step]).view(-1, PADDED)
            second = self.second_layer(rows[:, :PADDED])
            third = torch.mm(rows[:, PADDED : 2 * PADDED], self.output)
            sums = torch.cat([first, *second, third], 1).view(spikes.shape)
            fire_ticks(membrane, sums.unbind(0), each)
            if step >= 2:
                counts += spikes[:, :, 2 * PADDED :].sum(0)
            if counting and step < len(encoded):
                self.count("hidden1", spikes[:, :, :PADDED])
            if counting and 1 <= step <= len(encoded):
                self.count("hidden2", spikes[:, :, PADDED : 2 * PADDED])
        return counts
