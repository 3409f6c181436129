"""Prepares the workloads' inputs once, in the cache: workload A's spikes unpacked, its model file."""

from __future__ import annotations

import ast
import lzma
import os
import subprocess
from pathlib import Path

from .places import INPUTS, SOURCE, BenchError

EVENTS = INPUTS / "workload_a.events.npy"
MODEL = INPUTS / "workload_a.saltus"


def write_whole(path: Path, data: bytes) -> None:
    """Under a temporary name first: a cut run leaves no half file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_bytes(data)
    unfinished.replace(path)


def npy_header(descr: str, shape: tuple[int, ...]) -> bytes:
    """Magic, version 1.0 and a header padded to 64 bytes."""
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}"
    text += " " * (-(len(text) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


def unpack_events(weights: Path) -> None:
    """[tick, sample, pixel], packed, to the [sample, tick, pixel] that --events takes."""
    packed = weights / "workload_a" / "in_spikes_T_N_784.npy.xz"
    raw = lzma.decompress(packed.read_bytes())
    header = int.from_bytes(raw[8:10], "little")
    described = ast.literal_eval(raw[10 : 10 + header].decode())
    ticks, samples, pixels = described["shape"]
    if described["descr"] not in ("|u1", "u1") or described["fortran_order"]:
        raise BenchError(f"{packed}: got {described}, need uint8 in C order")
    data = memoryview(raw)[10 + header :]
    rows = [
        data[(t * samples + s) * pixels : (t * samples + s + 1) * pixels]
        for s in range(samples)
        for t in range(ticks)
    ]
    write_whole(EVENTS, npy_header("|u1", (samples, ticks, pixels)) + b"".join(rows))


def prepare_events(weights: Path) -> Path:
    if not EVENTS.exists():
        unpack_events(weights)
    return EVENTS


def prepare_model(weights: Path, build_folder: Path) -> Path:
    """Workload A as a model file: the make_models program builds it with the others."""
    if not MODEL.exists():
        program = build_folder / "examples" / "make_models"
        if not program.exists():
            raise BenchError(f"{program}: no such program, need a build with the examples")
        done = subprocess.run([program, weights, INPUTS], cwd=SOURCE, capture_output=True, text=True)
        if done.returncode != 0 or not MODEL.exists():
            raise BenchError(f"make_models: {done.stderr.strip() or 'wrote no workload_a.saltus'}")
    return MODEL


def prepare_network(workload: str, build_folder: Path) -> None:
    """C2 or I as raw arrays in INPUTS/NAME, so that peers run the network that we generate."""
    target = INPUTS / workload
    if target.exists():
        return
    program = build_folder / "tests" / "bench" / "networks" / "recurrent_bench"
    if not program.exists():
        raise BenchError(f"{program}: no such program, need a build with the tests")
    unfinished = INPUTS / f".{workload}.{os.getpid()}"
    done = subprocess.run([program, workload.lower(), "--export", unfinished], capture_output=True, text=True)
    if done.returncode != 0:
        raise BenchError(f"recurrent_bench: {done.stderr.strip()}")
    unfinished.rename(target)
