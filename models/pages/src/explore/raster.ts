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

// Reused from frame to frame: pixels counted, and the picture made of them.
let counts = new Uint32Array(0);
let image: ImageData | null = null;

export function drawSpikes(surface: Surface, stream: Stream, window: Window, box: Box, colour: string): void {
  const { ratio } = surface;
  const width = Math.floor(box.width * ratio);
  const height = Math.floor(box.height * ratio);
  if (width < 1 || height < 1) return;
  const low = firstAt(stream, Math.floor(window.from));
  const high = firstAt(stream, Math.ceil(window.until));
  const cellX = width / (window.until - window.from);
  const cellY = height / (window.end - window.first);
  const x = markOf(cellX, 26 * ratio);
  const y = markOf(cellY, 12 * ratio);
  const marks = { cellX, cellY, x, y };
  if (x.size * y.size >= 9 * ratio && high - low <= 30000) {
    drawMarks(surface, stream, window, box, colour, low, high, marks);
    return;
  }
  const size = width * height;
  if (counts.length < size) counts = new Uint32Array(size);
  else counts.fill(0, 0, size);
  if (x.size === 1 && y.size === 1) countPoints(stream, window, low, high, marks, width, height);
  else countMarks(stream, window, low, high, marks, width, height);
  // A pixel is full when all cells under it fired, or as many as under the fullest one.
  paint(surface, box, width, height, Math.max(1, 1 / cellX) * Math.max(1, 1 / cellY), colour);
}

// The fast way, for most spikes of a crowded band: one addition each.
function countPoints(stream: Stream, window: Window, low: number, high: number, marks: Marks, width: number, height: number): void {
  const { ticks, neurons } = stream;
  const { first, end } = window;
  const rows = new Int32Array(end - first);
  for (let neuron = 0; neuron < rows.length; ++neuron) {
    rows[neuron] = width * Math.min(Math.floor(neuron * marks.cellY + marks.y.inset), height - 1);
  }
  const scale = marks.cellX;
  const shift = marks.x.inset - window.from * scale;
  for (let k = low; k < high; ++k) {
    const neuron = neurons[k] - first;
    if (neuron < 0 || neuron >= rows.length) continue;
    const left = Math.floor(ticks[k] * scale + shift);
    if (left >= 0 && left < width) ++counts[rows[neuron] + left];
  }
}

function countMarks(stream: Stream, window: Window, low: number, high: number, { cellX, cellY, x, y }: Marks, width: number, height: number): void {
  for (let k = low; k < high; ++k) {
    const neuron = stream.neurons[k];
    if (neuron < window.first || neuron >= window.end) continue;
    const left = Math.floor((stream.ticks[k] - window.from) * cellX + x.inset);
    const top = Math.floor((neuron - window.first) * cellY + y.inset);
    const lastX = Math.min(left + x.size, width);
    const lastY = Math.min(top + y.size, height);
    for (let row = Math.max(top, 0); row < lastY; ++row) {
      for (let at = row * width + Math.max(left, 0); at < row * width + lastX; ++at) ++counts[at];
    }
  }
}

function paint(surface: Surface, box: Box, width: number, height: number, cells: number, colour: string): void {
  const size = width * height;
  let fullest = 0;
  let lit = 0;
  for (let at = 0; at < size; ++at) {
    const count = counts[at];
    if (count === 0) continue;
    ++lit;
    if (count > fullest) fullest = count;
  }
  if (fullest === 0) return;
  if (image?.width !== width || image.height !== height) image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const full = Math.min(fullest, cells);
  const [red, green, blue] = rgb(colour);
  const ink = (blue << 16) | (green << 8) | red;
  const shades = new Uint32Array(Math.min(fullest, 4096) + 1);
  // The fewer pixels have ink, the stronger the faintest of it: single spikes are seen, crowds have depth.
  const least = Math.min(Math.max(1 - (1.3 * lit) / size, 0.28), 0.95);
  for (let count = 1; count < shades.length; ++count) {
    const alpha = Math.round(255 * (least + (1 - least) * Math.min(1, count / full) ** 0.6));
    shades[count] = ((alpha << 24) | ink) >>> 0;
  }
  const last = shades.length - 1;
  for (let at = 0; at < size; ++at) pixels[at] = shades[counts[at] < last ? counts[at] : last];
  surface.context.putImageData(image, Math.round(box.left * surface.ratio), Math.round(box.top * surface.ratio));
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
