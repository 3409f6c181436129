"""Draws workload F: time a sample against activity, the dense product's line, where they meet. SVG."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from .figures import crossover, dense_seconds, points_of
from .inputs import write_whole
from .places import BenchError

WIDTH, HEIGHT = 760, 490
LEFT, RIGHT, TOP, BOTTOM = 78, 170, 82, 66  # margins; labels of the curves stand at the right
FONT = "font-family='DejaVu Sans, Verdana, sans-serif'"
# Okabe and Ito's colours, told apart by shape and dash too, so that they survive grey print.
STYLES = {
    "float32": ("#0072B2", "circle", ""),
    "int8": ("#D55E00", "square", "7 4"),
}


# By form: the measured points, and the dense product's seconds.
Curves = dict[str, tuple[list[dict[str, float]], float]]


class Axis:
    """A logarithmic axis from `low` to `high` over pixels `start` to `end`."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self.low, self.high, self.start, self.end = low, high, start, end

    def at(self, value: float) -> float:
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return self.start + share * (self.end - self.start)

    def decades(self) -> list[float]:
        first, last = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
        return [10.0**k for k in range(first, last + 1)]

    def between(self) -> list[float]:
        """Two to nine times each power of ten, within the axis."""
        first = math.floor(math.log10(self.low))
        last = math.ceil(math.log10(self.high))
        ticks = [m * 10.0**k for k in range(first, last) for m in range(2, 10)]
        return [tick for tick in ticks if self.low <= tick <= self.high]


def text(x: float, y: float, words: str, anchor: str = "start", size: int = 13, more: str = "") -> str:
    return f"<text x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}' font-size='{size}' {FONT} {more}>{words}</text>"


def line(x1: float, y1: float, x2: float, y2: float, style: str) -> str:
    return f"<line x1='{x1:.1f}' y1='{y1:.1f}' x2='{x2:.1f}' y2='{y2:.1f}' {style}/>"


def percent(activity: float) -> str:
    return f"{activity * 100:g} %"


def microseconds(seconds: float) -> str:
    return f"{seconds * 1e6:g} us" if seconds < 1e-3 else f"{seconds * 1e3:g} ms"


def axes(x: Axis, y: Axis) -> list[str]:
    """Grid, ticks, their labels, titles of the axes."""
    parts = []
    for tick in x.between():
        parts.append(line(x.at(tick), y.start, x.at(tick), y.end, "stroke='#eeeeee'"))
    for tick in y.between():
        parts.append(line(x.start, y.at(tick), x.end, y.at(tick), "stroke='#eeeeee'"))
    for tick in x.decades():
        parts.append(line(x.at(tick), y.start, x.at(tick), y.end, "stroke='#c4c4c4'"))
        parts.append(text(x.at(tick), y.start + 20, percent(tick), "middle"))
    for tick in y.decades():
        parts.append(line(x.start, y.at(tick), x.end, y.at(tick), "stroke='#c4c4c4'"))
        parts.append(text(x.start - 9, y.at(tick) + 4.5, microseconds(tick), "end"))
    parts.append(f"<rect x='{x.start}' y='{y.end}' width='{x.end - x.start}' height='{y.start - y.end}' "
                 "fill='none' stroke='#555555'/>")
    middle = (x.start + x.end) / 2
    parts.append(text(middle, HEIGHT - 18, "activity: synaptic operations / (ticks x weights)", "middle"))
    centre = (y.start + y.end) / 2
    parts.append(text(20, centre, "time a sample, one core", "middle",
                      more=f"transform='rotate(-90 20 {centre:.1f})'"))
    return parts


def marker(shape: str, x: float, y: float, colour: str, hollow: bool = False, size: float = 3.6) -> str:
    fill = "white" if hollow else colour
    style = f"fill='{fill}' stroke='{colour}' stroke-width='1.6'"
    if shape == "circle":
        return f"<circle cx='{x:.1f}' cy='{y:.1f}' r='{size}' {style}/>"
    return f"<rect x='{x - size:.1f}' y='{y - size:.1f}' width='{2 * size}' height='{2 * size}' {style}/>"


def curve(form: str, points: list[dict[str, float]], dense: float, x: Axis, y: Axis) -> list[str]:
    """Our times, and the dense product's level line."""
    colour, shape, dash = STYLES[form]
    active = [p for p in points if p["activity"] >= x.low]
    path = " ".join(f"{x.at(p['activity']):.1f},{y.at(p['seconds']):.1f}" for p in active)
    parts = [
        f"<polyline points='{path}' fill='none' stroke='{colour}' stroke-width='2' stroke-dasharray='{dash}'/>",
        line(x.start, y.at(dense), x.end, y.at(dense), f"stroke='{colour}' stroke-width='1.5' stroke-dasharray='1.5 4' stroke-linecap='round'"),
    ]
    parts += [marker(shape, x.at(p["activity"]), y.at(p["seconds"]), colour) for p in active]
    return parts


def clearance(curves: Curves, x: Axis, y: Axis, across: float, down: float) -> float:
    """Pixels from a place to the nearest of all curves."""
    nearest = math.inf
    for points, _ in curves.values():
        places = [(x.at(p["activity"]), y.at(p["seconds"])) for p in points if p["activity"] >= x.low]
        for (x1, y1), (x2, y2) in zip(places, places[1:]):
            for step in range(11):
                at = (x1 + (x2 - x1) * step / 10, y1 + (y2 - y1) * step / 10)
                nearest = min(nearest, math.dist(at, (across, down)))
    return nearest


def rings(curves: Curves, x: Axis, y: Axis) -> list[str]:
    """Where each form takes as long as its dense product; labelled above to the left or below to the right,
    wherever there is more room."""
    parts = []
    for form, (points, dense) in curves.items():
        activity = crossover(points, dense)
        if activity is None:
            continue
        colour = STYLES[form][0]
        across, down = x.at(activity), y.at(dense)
        parts.append(marker("circle", across, down, colour, hollow=True, size=7))
        above, below = (across - 30, down - 16), (across + 30, down + 16)
        right = clearance(curves, x, y, *below) > clearance(curves, x, y, *above)
        parts.append(text(across + (12 if right else -12), down + (19 if right else -11), f"{activity * 100:.2g} %",
                          "start" if right else "end", 12,
                          f"fill='{colour}' font-weight='bold' stroke='white' stroke-width='4' paint-order='stroke'"))
    return parts


def spread(labels: list[tuple[float, str, str]], apart: float) -> list[tuple[float, str, str]]:
    """Moves labels (y, words, colour) apart so that none covers another."""
    placed: list[tuple[float, str, str]] = []
    for y, words, colour in sorted(labels):
        placed.append((max(y, placed[-1][0] + apart) if placed else y, words, colour))
    return placed


def right_labels(curves: Curves, x: Axis, y: Axis) -> list[str]:
    labels = []
    for form, (points, dense) in curves.items():
        colour = STYLES[form][0]
        labels.append((y.at(points[-1]["seconds"]), f"Saltus {form}", colour))
        labels.append((y.at(dense), f"dense product {form}", colour))
    return [
        text(x.end + 8, at + 4, words, size=12, more=f"fill='{colour}'")
        for at, words, colour in spread(labels, 16)
    ]


def draw(curves: Curves, title: str, notes: list[str]) -> str:
    """The whole picture."""
    activities = [p["activity"] for points, _ in curves.values() for p in points if p["activity"] > 0]
    seconds = [p["seconds"] for points, _ in curves.values() for p in points if p["activity"] > 0]
    seconds += [dense for _, dense in curves.values()]
    x = Axis(min(activities) / 1.4, 1.0, LEFT, WIDTH - RIGHT)
    y = Axis(min(seconds) / 1.6, max(seconds) * 1.6, HEIGHT - BOTTOM, TOP)
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' width='{WIDTH}' height='{HEIGHT}' role='img'>",
        f"<title>{title}</title>",
        f"<rect width='{WIDTH}' height='{HEIGHT}' fill='white'/>",
        text(LEFT, 26, title, size=16, more="font-weight='bold'"),
        *(text(LEFT, 47 + 17 * k, note, size=12, more="fill='#444444'") for k, note in enumerate(notes)),
        *axes(x, y),
    ]
    for form, (points, dense) in curves.items():
        parts += curve(form, points, dense, x, y)
    parts += rings(curves, x, y) + right_labels(curves, x, y)
    return "\n".join(parts) + "\n</svg>\n"


def curves_of(results: list[dict[str, Any]]) -> Curves:
    """Medians over repetitions, from bench.json."""
    curves = {}
    for result in results:
        if result["workload"] == "F" and result["runs"] and result["form"] in STYLES:
            curves[result["form"]] = (points_of(result["runs"]), dense_seconds(result["runs"])["seconds"])
    return curves


def plot_results(source: Path, target: Path) -> Path:
    """Reads bench.json, writes the picture, returns where it lies."""
    try:
        told = json.loads(source.read_text())
    except (OSError, ValueError) as error:
        raise BenchError(f"--plot: {source}: {error}, need a run of workload F") from error
    curves = curves_of(told["results"])
    if not curves:
        raise BenchError(f"--plot: {source}: got no workload F, need a run of it")
    machine = told["machine"]
    silent = max(points[0]["seconds"] for points, _ in curves.values())
    notes = [
        f"MNIST MLP 784-500-500-10, T = 100, Bernoulli input; a sample without a spike takes {silent * 1e6:.2g} us",
        f"Rings: as fast as the dense product. {machine['processor'].split(' (family')[0]}, commit {machine['commit']}",
    ]
    write_whole(target, draw(curves, "Time falls with activity", notes).encode())
    return target
