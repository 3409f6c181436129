// Axes on canvases, with d3's round tick values.
import { format, precisionFixed } from "d3-format";
import { scaleLinear } from "d3-scale";
import { grouped, plain, timeUnit } from "./format";
import { font } from "./surface";
import type { Palette } from "./theme";

// Round values within [from, until], at most one in `apart` pixels.
export function roundTicks(from: number, until: number, pixels: number, apart: number): number[] {
  return scaleLinear([from, until], [0, pixels]).ticks(Math.max(1, Math.floor(pixels / apart)));
}

// Whole numbers only: ticks of time, neurons.
export function wholeTicks(from: number, until: number, pixels: number, apart: number): number[] {
  return [...new Set(roundTicks(from, until, pixels, apart).filter(Number.isInteger))];
}

export interface TimeAxis {
  from: number; // tick at the left edge; tick k spans [k, k + 1)
  until: number;
  left: number; // pixels
  right: number;
  tickSeconds: number; // 0: not stated
}

export function timeToX(axis: TimeAxis, tick: number): number {
  return axis.left + ((tick - axis.from) / (axis.until - axis.from)) * (axis.right - axis.left);
}

export function xToTime(axis: TimeAxis, x: number): number {
  return axis.from + ((x - axis.left) / (axis.right - axis.left)) * (axis.until - axis.from);
}

// Where vertical lines stand: in the middle of a tick that is wide enough to be seen as a cell.
export function timeTicks(axis: TimeAxis): { tick: number; x: number }[] {
  const width = axis.right - axis.left;
  const cell = width / (axis.until - axis.from);
  const middle = cell >= 9 ? 0.5 : 0;
  return wholeTicks(axis.from, axis.until, width, 74)
    .map((tick) => ({ tick, x: timeToX(axis, tick + middle) }))
    .filter(({ x }) => x >= axis.left && x <= axis.right);
}

// Ticks above, and below them seconds if a tick's length is known; units at the left.
export function drawTimeAxis(context: CanvasRenderingContext2D, axis: TimeAxis, height: number, palette: Palette): void {
  const marks = timeTicks(axis);
  const unit = timeUnit((axis.until - axis.from) * axis.tickSeconds);
  const twoRows = axis.tickSeconds > 0;
  const row = twoRows ? 13 : height / 2 + 4;
  context.font = font;
  context.textBaseline = "alphabetic";
  context.lineWidth = 1;
  context.strokeStyle = palette.line;
  context.beginPath();
  for (const { x } of marks) {
    context.moveTo(Math.round(x) + 0.5, height - 4);
    context.lineTo(Math.round(x) + 0.5, height);
  }
  context.moveTo(axis.left, height - 0.5);
  context.lineTo(axis.right, height - 0.5);
  context.stroke();
  const texts = (y: number, colour: string, text: (tick: number) => string): void => {
    context.fillStyle = colour;
    let free = -Infinity;
    for (const { tick, x } of marks) {
      const words = text(tick);
      const half = context.measureText(words).width / 2;
      const at = Math.min(Math.max(x, axis.left + half), axis.right - half);
      if (at - half < free) continue;
      context.textAlign = "center";
      context.fillText(words, at, y);
      free = at + half + 8;
    }
  };
  texts(row, palette.ink, grouped);
  if (twoRows) {
    // As many decimals as tell neighbours apart.
    const step = marks.length > 1 ? ((marks[1].tick - marks[0].tick) * axis.tickSeconds) / unit.size : 1;
    const decimals = format(`.${precisionFixed(step)}f`);
    texts(row + 13, palette.soft, (tick) => decimals((tick * axis.tickSeconds) / unit.size));
  }
  context.textAlign = "right";
  context.fillStyle = palette.ink;
  context.fillText("tick", axis.left - 8, row);
  if (twoRows) {
    context.fillStyle = palette.soft;
    context.fillText(unit.name, axis.left - 8, row + 13);
  }
}

// Numbers at the left of [top, bottom]; `toY` places them.
export function drawValueAxis(
  context: CanvasRenderingContext2D,
  values: number[],
  toY: (value: number) => number,
  left: number,
  right: number,
  palette: Palette,
): void {
  context.font = font;
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.fillStyle = palette.soft;
  context.strokeStyle = palette.grid;
  context.lineWidth = 1;
  context.beginPath();
  for (const value of values) {
    const y = Math.round(toY(value)) + 0.5;
    context.moveTo(left, y);
    context.lineTo(right, y);
    context.fillText(plain(value), left - 8, y);
  }
  context.stroke();
  context.textBaseline = "alphabetic";
}
