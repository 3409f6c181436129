// Spikes as marks. Where a mark is smaller than a pixel, pixels count them and show how full they
// are: a million spikes cost a pass over their columns.
import type { Surface } from "../shared/surface";
import { rgb } from "../shared/theme";
import { firstAt, type Stream } from "./data";

export interface Window {
  from: number; // ticks in view
  until: number;
  first: number; // neurons in view, [first, end)
  end: number;
}

export interface Box {
  left: number; // CSS pixels
  top: number;
  width: number;
  height: number;
}

// A mark's place along one axis, in screen pixels: `size` pixels, `inset` behind the cell's edge.
function markOf(cell: number, most: number): { size: number; inset: number } {
  if (cell < 2) return { size: 1, inset: 0 };
  const size = Math.min(Math.max(1, Math.floor(cell * 0.8)), most);
  return { size, inset: (cell - size) / 2 };
}

let counts = new Uint16Array(0);

export function drawSpikes(surface: Surface, stream: Stream, window: Window, box: Box, colour: string): void {
  const { ratio, context } = surface;
  const width = Math.floor(box.width * ratio);
  const height = Math.floor(box.height * ratio);
  if (width < 1 || height < 1) return;
  const low = firstAt(stream, Math.floor(window.from));
  const high = firstAt(stream, Math.ceil(window.until));
  const cellX = width / (window.until - window.from);
  const cellY = height / (window.end - window.first);
  const x = markOf(cellX, 26 * ratio);
  const y = markOf(cellY, 12 * ratio);
  if (x.size * y.size >= 9 * ratio && high - low <= 30000) {
    drawMarks(surface, stream, window, box, colour, low, high, { cellX, cellY, x, y });
    return;
  }
  const size = width * height;
  if (counts.length < size) counts = new Uint16Array(size);
  else counts.fill(0, 0, size);
  const { ticks, neurons } = stream;
  const { from, first, end } = window;
  let fullest = 0;
  for (let k = low; k < high; ++k) {
    const neuron = neurons[k];
    if (neuron < first || neuron >= end) continue;
    const left = Math.floor((ticks[k] - from) * cellX + x.inset);
    const top = Math.floor((neuron - first) * cellY + y.inset);
    const lastX = Math.min(left + x.size, width);
    const lastY = Math.min(top + y.size, height);
    for (let row = Math.max(top, 0); row < lastY; ++row) {
      for (let at = row * width + Math.max(left, 0); at < row * width + lastX; ++at) {
        const count = counts[at] + 1;
        if (count < 65536) counts[at] = count;
        if (count > fullest) fullest = count;
      }
    }
  }
  if (fullest === 0) return;
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  // A pixel is full when all cells under it fired, or as many as under the fullest one.
  const full = Math.min(fullest, Math.max(1, 1 / cellX) * Math.max(1, 1 / cellY));
  const [red, green, blue] = rgb(colour);
  const ink = (blue << 16) | (green << 8) | red;
  const shades = new Uint32Array(Math.min(fullest, 4096) + 1);
  for (let count = 1; count < shades.length; ++count) {
    const alpha = Math.round(255 * Math.min(1, 0.28 + 0.72 * Math.min(1, count / full) ** 0.6));
    shades[count] = ((alpha << 24) | ink) >>> 0;
  }
  const last = shades.length - 1;
  for (let at = 0; at < size; ++at) {
    const count = counts[at];
    if (count !== 0) pixels[at] = shades[count < last ? count : last];
  }
  context.putImageData(image, Math.round(box.left * ratio), Math.round(box.top * ratio));
}

interface Marks {
  cellX: number;
  cellY: number;
  x: { size: number; inset: number };
  y: { size: number; inset: number };
}

// Few and large ones, with round corners.
function drawMarks(
  surface: Surface,
  stream: Stream,
  window: Window,
  box: Box,
  colour: string,
  low: number,
  high: number,
  { cellX, cellY, x, y }: Marks,
): void {
  const { ratio, context } = surface;
  context.save();
  context.setTransform(1, 0, 0, 1, Math.round(box.left * ratio), Math.round(box.top * ratio));
  context.beginPath();
  context.rect(0, 0, box.width * ratio, box.height * ratio);
  context.clip();
  context.fillStyle = colour;
  const round = Math.min(x.size, y.size) >= 5 * ratio ? 1.5 * ratio : 0;
  context.beginPath();
  for (let k = low; k < high; ++k) {
    const neuron = stream.neurons[k];
    if (neuron < window.first || neuron >= window.end) continue;
    const left = Math.round((stream.ticks[k] - window.from) * cellX + x.inset);
    const top = Math.round((neuron - window.first) * cellY + y.inset);
    if (round > 0) context.roundRect(left, top, x.size, y.size, round);
    else context.rect(left, top, x.size, y.size);
  }
  context.fill();
  context.restore();
}
