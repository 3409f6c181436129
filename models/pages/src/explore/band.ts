// One population's raster: its name at the left, its spikes to the right.
import { drawValueAxis, timeTicks, timeToX, wholeTicks, xToTime, type TimeAxis } from "../shared/axis";
import { el, fill } from "../shared/dom";
import { counted } from "../shared/format";
import { font, Surface } from "../shared/surface";
import { colours } from "../shared/theme";
import { spikeText } from "./address";
import { firstAt, spikeAt, type Stream } from "./data";
import { colourOf, gutter, kindText, margin, shapeText, silenceText, timeAxis, type Page } from "./page";
import { drawSpikes, type Box } from "./raster";

export interface Hit {
  neuron: number;
  tick: number;
  spike: boolean;
}

export class Band {
  readonly root: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  private readonly surface: Surface;
  private readonly numbers = el("div", { class: "band-numbers" });
  private readonly pin: HTMLButtonElement;

  constructor(
    private readonly page: Page,
    readonly population: number,
  ) {
    const spec = this.spec;
    this.pin = el(
      "button",
      { type: "button", class: "pin", title: "Pin: keep in view (P)", "aria-label": `Pin ${spec.name}`, onclick: () => page.togglePin(population) },
      "Pin",
    );
    const name = el("h3", { class: "band-name", title: spec.name }, el("i", { class: `dot dot-${this.dot}` }), el("span", {}, spec.name));
    this.canvas = el("canvas", { class: "plot", tabindex: 0, role: "img" });
    this.root = el(
      "section",
      { class: "row band", "data-population": population, "aria-label": spec.name },
      el("div", { class: "name" }, el("div", { class: "band-head" }, name, this.pin), el("div", { class: "band-kind" }, `${kindText(spec)} \u00b7 ${shapeText(spec)}`), this.numbers),
      this.canvas,
    );
    this.surface = new Surface(this.canvas, () => page.draw());
  }

  private get spec() {
    return this.page.trace.meta.populations[this.population];
  }

  private get dot(): string {
    const spec = this.spec;
    return spec.kind === "neurons" && !spec.fires ? "read" : spec.kind;
  }

  private get stream(): Stream | null {
    return this.page.data?.streams?.[this.population] ?? null;
  }

  private get spikes(): number {
    return this.page.trace.meta.samples[this.page.state.sample]?.spikes[this.population] ?? 0;
  }

  // As tall as its neurons ask for, within limits.
  wantedHeight(): number {
    return this.spikes === 0 ? 70 : Math.min(Math.max(9 * this.spec.neurons + 20, 78), 190);
  }

  // Silent bands stay as they are when others share the room that is left.
  get stretches(): boolean {
    return this.spikes > 0;
  }

  // Words that change with the sample and the state.
  refresh(): void {
    const { spec, spikes } = this;
    const pinned = this.page.state.pinned.has(this.population);
    this.pin.setAttribute("aria-pressed", String(pinned));
    this.pin.textContent = pinned ? "Pinned" : "Pin";
    this.root.classList.toggle("pinned", pinned);
    const rows = this.page.state.rows.get(this.population);
    fill(
      this.numbers,
      spikes > 0 ? counted(spikes, "spike") : "no spikes",
      rows && el("button", { type: "button", class: "link", onclick: () => this.page.setRows(this.population, null) }, `neurons ${rows[0]}\u2013${rows[1] - 1}, show all`),
    );
    this.canvas.setAttribute("aria-label", `Raster of ${spec.name}: ${counted(spec.neurons, "neuron")}, ${spikes > 0 ? counted(spikes, "spike") : silenceText(spec)}`);
  }

  rows(): [number, number] {
    return this.page.state.rows.get(this.population) ?? [0, this.spec.neurons];
  }

  private box(): Box {
    return { left: gutter, top: 6, width: Math.max(1, this.surface.width - gutter - margin), height: Math.max(1, this.surface.height - 12) };
  }

  private toY(neuron: number): number {
    const box = this.box();
    const [first, end] = this.rows();
    return box.top + ((neuron - first) / (end - first)) * box.height;
  }

  // What lies under a point of the canvas: a spike nearby, or the neuron and tick there.
  hit(x: number, y: number): Hit | null {
    const box = this.box();
    const [first, end] = this.rows();
    const axis = timeAxis(this.page, this.surface.width);
    const { from, until } = this.page.trace.meta;
    const tick = Math.floor(xToTime(axis, x));
    const neuron = Math.floor(first + ((y - box.top) / box.height) * (end - first));
    if (x < box.left - 4 || x > box.left + box.width + 4 || neuron < first || neuron >= end || tick < from || tick >= until) return null;
    return this.nearest(x, y, axis, 7) ?? { neuron, tick, spike: false };
  }

  private nearest(x: number, y: number, axis: TimeAxis, reach: number): Hit | null {
    const { stream } = this;
    if (!stream) return null;
    const [first, end] = this.rows();
    const low = firstAt(stream, Math.floor(xToTime(axis, x - reach)));
    const high = firstAt(stream, Math.floor(xToTime(axis, x + reach)) + 1);
    const cellY = this.box().height / (end - first);
    let best: Hit | null = null;
    let least = reach;
    for (let k = low; k < high; ++k) {
      const neuron = stream.neurons[k];
      if (neuron < first || neuron >= end) continue;
      const top = this.toY(neuron);
      const left = timeToX(axis, stream.ticks[k]);
      const dy = Math.max(top - y, y - top - cellY, 0);
      const dx = Math.max(left - x, x - timeToX(axis, stream.ticks[k] + 1), 0);
      // Within a cell the middle is nearest, so that a pixel over many neurons picks one of them.
      const distance = Math.hypot(dx, dy) + 0.001 * (Math.abs(top + cellY / 2 - y) + Math.abs(left - x));
      if (distance < least) {
        least = distance;
        best = { neuron, tick: stream.ticks[k], spike: true };
      }
    }
    return best;
  }

  // The neurons between two heights, [first, end); null: so many that all are meant.
  rowsBetween(y0: number, y1: number): [number, number] | null {
    const box = this.box();
    const [first, end] = this.rows();
    const place = (y: number): number => first + (Math.min(Math.max(y - box.top, 0), box.height) / box.height) * (end - first);
    const low = Math.floor(place(Math.min(y0, y1)));
    const high = Math.min(Math.ceil(place(Math.max(y0, y1))), end);
    const all = low === 0 && high === this.spec.neurons;
    return Math.abs(y1 - y0) < 6 || all ? null : [low, Math.max(high, low + 1)];
  }

  // Zooms neurons about a height.
  zoomRows(factor: number, y: number): void {
    const [first, end] = this.rows();
    const box = this.box();
    const share = Math.min(Math.max((y - box.top) / box.height, 0), 1);
    const span = Math.min(Math.max(Math.round((end - first) * factor), 4), this.spec.neurons);
    const about = first + share * (end - first);
    const start = Math.min(Math.max(Math.round(about - share * span), 0), this.spec.neurons - span);
    this.page.setRows(this.population, span >= this.spec.neurons ? null : [start, start + span]);
  }

  draw(): void {
    if (!this.surface.fit()) return;
    const { spec, surface, stream } = this;
    const palette = colours();
    const context = surface.begin();
    const box = this.box();
    const axis = timeAxis(this.page, surface.width);
    const [first, end] = this.rows();
    if (stream && this.spikes > 0) {
      drawSpikes(surface, stream, { from: axis.from, until: axis.until, first, end }, box, colourOf(spec));
    } else if (this.spikes > 0 && this.page.data) {
      this.drawDensity(axis, box);
    }
    this.drawArea(axis, box);
    context.globalCompositeOperation = "destination-over";
    this.drawGrid(axis, box);
    context.globalCompositeOperation = "source-over";
    if (this.spikes > 0) this.drawNeuronAxis(box);
    this.drawSelected(axis, box);
    if (this.spikes === 0) {
      context.font = `italic ${font}`;
      context.textAlign = "left";
      context.fillStyle = palette.soft;
      context.fillText(silenceText(spec), box.left + 10, box.top + box.height / 2 + 4);
    }
  }

  // Where single spikes are not on the page: how many fired in each bin.
  private drawDensity(axis: TimeAxis, box: Box): void {
    const { context } = this.surface;
    const counts = this.page.trace.density(this.page.state.sample, this.population);
    const { from, ticksPerBin } = this.page.trace.meta;
    const most = counts.reduce((a, b) => Math.max(a, b), 1);
    context.save();
    context.beginPath();
    context.rect(box.left, box.top, box.width, box.height);
    context.clip();
    context.fillStyle = colourOf(this.spec);
    context.globalAlpha = 0.55;
    counts.forEach((count, bin) => {
      const left = timeToX(axis, from + bin * ticksPerBin);
      const right = timeToX(axis, from + (bin + 1) * ticksPerBin);
      const height = (count / most) * (box.height - 18);
      context.fillRect(left, box.top + box.height - height, Math.max(right - left - (right - left > 4 ? 1 : 0), 0.5), height);
    });
    context.restore();
    context.font = `italic ${font}`;
    context.textAlign = "left";
    context.fillStyle = colours().soft;
    context.fillText("spikes a bin: single spikes of this sample are not on the page", box.left + 8, box.top + 12);
  }

  private drawGrid(axis: TimeAxis, box: Box): void {
    const { context } = this.surface;
    const palette = colours();
    context.lineWidth = 1;
    context.strokeStyle = palette.grid;
    context.beginPath();
    for (const { x } of timeTicks(axis)) {
      context.moveTo(Math.round(x) + 0.5, box.top);
      context.lineTo(Math.round(x) + 0.5, box.top + box.height);
    }
    context.stroke();
  }

  private drawNeuronAxis(box: Box): void {
    const { context } = this.surface;
    const [first, end] = this.rows();
    const cell = box.height / (end - first);
    const middle = cell >= 7 ? 0.5 : 0;
    const values = cell >= 12 ? Array.from({ length: end - first }, (_, k) => first + k) : wholeTicks(first, end - 1, box.height, 26);
    context.globalCompositeOperation = "destination-over";
    drawValueAxis(context, values, (neuron) => this.toY(neuron + middle), box.left, box.left + (cell >= 7 ? box.width : 0), colours());
    context.globalCompositeOperation = "source-over";
    if (box.height < 100) return;
    context.save();
    context.translate(9, box.top + box.height / 2);
    context.rotate(-Math.PI / 2);
    context.font = font;
    context.textAlign = "center";
    context.fillStyle = colours().soft;
    context.fillText("neuron", 0, 3);
    context.restore();
  }

  private drawArea(axis: TimeAxis, box: Box): void {
    const { selection } = this.page.state;
    if (selection.kind !== "area" || !selection.populations.includes(this.population)) return;
    const { context } = this.surface;
    const palette = colours();
    const left = Math.max(timeToX(axis, selection.from), box.left);
    const right = Math.min(timeToX(axis, selection.until), box.left + box.width);
    if (right <= left) return;
    const [first, end] = this.rows();
    const [low, high] = selection.neurons ?? [first, end];
    const top = Math.max(this.toY(low), box.top);
    const bottom = Math.min(this.toY(high), box.top + box.height);
    context.globalCompositeOperation = "destination-over";
    context.globalAlpha = 0.14;
    context.fillStyle = palette.accent;
    context.fillRect(left, top, right - left, bottom - top);
    context.globalAlpha = 1;
    context.globalCompositeOperation = "source-over";
    context.strokeStyle = palette.accent;
    context.lineWidth = 1;
    context.strokeRect(Math.round(left) + 0.5, Math.round(top) + 0.5, Math.round(right - left) - 1, Math.max(Math.round(bottom - top) - 1, 1));
  }

  // The selected neuron's row, all its spikes, and a ring around the spike, or the gap, that is meant.
  private drawSelected(axis: TimeAxis, box: Box): void {
    const { selection } = this.page.state;
    const { stream } = this;
    if (selection.kind !== "neuron" || selection.population !== this.population) return;
    const [first, end] = this.rows();
    if (selection.neuron < first || selection.neuron >= end) return;
    const { context } = this.surface;
    const palette = colours();
    const cell = box.height / (end - first);
    const y = this.toY(selection.neuron + 0.5);
    context.save();
    context.beginPath();
    context.rect(box.left - 8, box.top - 6, box.width + 16, box.height + 12);
    context.clip();
    context.fillStyle = palette.select;
    context.globalAlpha = 0.16;
    context.fillRect(box.left, y - Math.max(cell, 5) / 2, box.width, Math.max(cell, 5));
    context.globalAlpha = 1;
    if (stream) {
      const high = firstAt(stream, Math.ceil(axis.until));
      const width = Math.max(2, Math.min(26, 0.8 * (timeToX(axis, 1) - timeToX(axis, 0))));
      const height = Math.max(2, Math.min(12, cell * 0.8));
      for (let k = firstAt(stream, Math.floor(axis.from)); k < high; ++k) {
        if (stream.neurons[k] === selection.neuron) {
          context.fillRect(timeToX(axis, stream.ticks[k] + 0.5) - width / 2, y - height / 2, width, height);
        }
      }
    }
    if (selection.tick !== null) {
      const x = timeToX(axis, selection.tick + 0.5);
      const fired = stream !== null && spikeAt(stream, selection.neuron, selection.tick) >= 0;
      context.strokeStyle = palette.select;
      context.lineWidth = 2;
      if (!fired) context.setLineDash([3, 2.5]);
      context.beginPath();
      context.ellipse(x, y, Math.max(7, Math.min(18, 0.5 * (timeToX(axis, 1) - timeToX(axis, 0)))), Math.max(7, Math.min(9, cell)), 0, 0, 7);
      context.stroke();
    }
    context.restore();
  }

  // "hidden[37]@5" and more, for the hint at the pointer.
  hintText(hit: Hit): string {
    const spec = this.spec;
    return `${spikeText(spec, hit.neuron, hit.tick)}${hit.spike ? "" : " \u2013 no spike"}`;
  }
}
