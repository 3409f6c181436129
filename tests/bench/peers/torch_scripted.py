"""The joint embedding_bag form of workload A, a whole sample in one TorchScript call.

For small batches: no Python between the calls. Lists of hidden spikes are torch's own nonzero(), since
numpy's cannot be called from TorchScript.
"""

from __future__ import annotations

from typing import List, Tuple

import torch
from torch import Tensor

from torch_mlp import BLOCKS, BagForm


@torch.jit.script
def second_layer(spikes: Tensor, table: Tensor, block_of_row: Tensor, blocks: int) -> Tensor:
    """The sums [row, columns] that spikes [row, columns] cause; columns is a power of two."""
    rows, width = spikes.size(0), spikes.size(1)
    columns = torch.nonzero(spikes.to(torch.bool).view(-1)).view(-1).bitwise_and_(width - 1)
    offsets = torch.zeros(rows * blocks + 1, dtype=torch.int64)
    offsets[1:] = torch.cumsum(spikes.sum(1).to(torch.int64).repeat(blocks), 0)
    indices = (columns.view(1, -1) + block_of_row).view(-1)
    sums = torch.embedding_bag(table, indices, offsets, False, 0, False, None, True)[0]
    return torch.cat(sums.view(blocks, rows, width // blocks).unbind(0), 1)


@torch.jit.script
def jointly(
    indices: List[Tensor],
    offsets: List[Tensor],
    tables: List[Tensor],
    output: Tensor,
    block_of_row: Tensor,
    silent: Tensor,
    chunk: int,
    blocks: int,
    totals: Tensor,
    counting: bool,
) -> Tensor:
    """BagForm.jointly; adds the hidden layers' spikes to `totals` [2] where counting."""
    rows, width = silent.size(0), silent.size(1)
    batch, classes = rows // chunk, output.size(1)
    threshold = torch.ones(())
    membrane = torch.zeros(batch, 2 * width + classes)
    spikes = torch.zeros(chunk, batch, 2 * width + classes)
    each = spikes.unbind(0)
    counts = torch.zeros(batch, classes)
    for step in range(len(indices) + 2):
        first = silent
        if step < len(indices):
            first = torch.embedding_bag(
                tables[0], indices[step], offsets[step], False, 0, False, None, True
            )[0].view(rows, width)
        flat = spikes.view(rows, -1)
        second = second_layer(flat[:, :width].contiguous(), tables[1], block_of_row, blocks)
        third = torch.mm(flat[:, width : 2 * width], output)
        currents = torch.cat([first, second, third], 1).view(chunk, batch, -1).unbind(0)
        for tick in range(chunk):
            membrane.add_(currents[tick])
            torch.ge(membrane, threshold, out=each[tick])
            membrane.sub_(each[tick])
        if step >= 2:
            counts.add_(spikes[:, :, 2 * width :].sum(0))
        if counting and step < len(indices):
            totals[0] += spikes[:, :, :width].sum()
        if counting and step >= 1 and step <= len(indices):
            totals[1] += spikes[:, :, width : 2 * width].sum()
    return counts


class ScriptedBagForm(BagForm):
    """BagForm, joint, in one TorchScript call a batch."""

    def simulate(self, encoded: List[Tuple[Tensor, Tensor]], counting: bool) -> Tensor:
        totals = torch.zeros(2)
        counts = jointly(
            [indices for indices, _ in encoded],
            [offsets for _, offsets in encoded],
            self.tables,
            self.output,
            self.block_of_row,
            self.silent,
            self.chunk,
            BLOCKS,
            totals,
            counting,
        )
        if counting:
            self.count("hidden1", totals[0])
            self.count("hidden2", totals[1])
        return counts
