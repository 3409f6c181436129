// How the readout came to its answer: its values from tick to tick.
import { drawValueAxis, roundTicks, timeTicks, timeToX } from "../shared/axis";
import { el, fill } from "../shared/dom";
import { font, Surface } from "../shared/surface";
import { colours } from "../shared/theme";
import { firstAt } from "./data";
import { gutter, margin, timeAxis, type Page } from "./page";

// Steps of one value: it is `values[k]` from `ticks[k]` on.
interface Line {
  value: number; // which of the readout's values
  ticks: number[];
  values: number[];
}

const height = 128;
const readoutKinds = { spike_count: "spike count", first_spike: "first spike", membrane: "membrane", mean_membrane: "mean membrane" };

export class Course {
  readonly root: HTMLElement;
  private readonly canvas = el("canvas", { class: "plot", role: "img" });
  private readonly words = el("div", { class: "course-words" });
  private readonly surface: Surface;
  private lines: Line[] | null = null;

  constructor(private readonly page: Page) {
    const readout = page.trace.meta.readouts[0];
    const counts = readout && (readout.kind === "spike_count" || readout.kind === "first_spike");
    this.canvas.style.height = `${height}px`;
    this.root = el(
      "section",
      { class: "row course", "aria-label": "Readout" },
      el(
        "div",
        { class: "name" },
        el("h3", { class: "band-name" }, el("span", {}, "Readout")),
        readout && el("div", { class: "band-kind" }, `${readout.name || "unnamed"} \u00b7 ${readoutKinds[readout.kind]}`),
        readout && el("div", { class: "band-numbers" }, counts ? "output spikes so far" : "value"),
      ),
      this.canvas,
      this.words,
    );
    this.surface = new Surface(this.canvas, () => page.draw());
  }

  // To be called when another sample's data are there.
  refresh(): void {
    const { meta } = this.page.trace;
    this.lines = null;
    if (meta.readouts.length === 0 || meta.samples.length === 0) {
      this.root.hidden = true;
      return;
    }
    this.lines = this.recorded() ?? this.counted();
    this.canvas.hidden = this.lines === null;
    fill(this.words, this.lines === null && this.page.data && `This trace holds the ${readoutKinds[meta.readouts[0].kind]} readout\u2019s values at the end, in the panel, and not their course.`);
    this.canvas.setAttribute("aria-label", `Course of readout ${meta.readouts[0].name}`);
  }

  private recorded(): Line[] | null {
    const course = this.page.data?.courses.get(0);
    if (!course) return null;
    const { meta } = this.page.trace;
    const values = meta.readouts[0].values;
    const ticks = Array.from({ length: course.length / values }, (_, k) => meta.from + k);
    return Array.from({ length: values }, (_, value) => ({ value, ticks, values: ticks.map((_, k) => course[k * values + value]) }));
  }

  // From the output's own spikes, each with its payload.
  private counted(): Line[] | null {
    const { meta } = this.page.trace;
    const readout = meta.readouts[0];
    if ((readout.kind !== "spike_count" && readout.kind !== "first_spike") || readout.population === null) return null;
    const stream = this.page.data?.streams?.[readout.population];
    if (!stream) return null;
    const lines: Line[] = Array.from({ length: readout.values }, (_, value) => ({ value, ticks: [meta.from], values: [0] }));
    for (let k = firstAt(stream, meta.from); k < stream.ticks.length; ++k) {
      const line = lines[stream.neurons[k]];
      line.ticks.push(stream.ticks[k]);
      line.values.push(line.values[line.values.length - 1] + (stream.payloads ? stream.payloads[k] : 1));
    }
    return lines;
  }

  draw(): void {
    if (!this.lines || !this.surface.fit()) return;
    const { meta } = this.page.trace;
    const sample = meta.samples[this.page.state.sample];
    const palette = colours();
    const context = this.surface.begin();
    const axis = timeAxis(this.page, this.surface.width);
    const all = this.lines.flatMap((line) => line.values).filter(Number.isFinite);
    const low = Math.min(0, ...extremes(all).slice(0, 1));
    const high = Math.max(low + 1e-6, extremes(all)[1], this.isCount() ? 1 : low + 1e-6);
    const top = 12;
    const bottom = height - 10;
    const toY = (value: number): number => bottom - ((value - low) / (high - low)) * (bottom - top);
    context.strokeStyle = palette.grid;
    context.beginPath();
    for (const { x } of timeTicks(axis)) {
      context.moveTo(Math.round(x) + 0.5, top);
      context.lineTo(Math.round(x) + 0.5, bottom);
    }
    context.stroke();
    const marks = roundTicks(low, high, bottom - top, 28).filter((value) => !this.isCount() || Number.isInteger(value));
    drawValueAxis(context, marks, toY, gutter, this.surface.width - margin, palette);
    const prediction = sample.readouts[0]?.prediction;
    const chosen = (value: number): boolean => value === prediction || value === sample.label;
    context.save();
    context.beginPath();
    context.rect(gutter, 0, this.surface.width - gutter - margin, height);
    context.clip();
    for (const line of [...this.lines].sort((a, b) => Number(chosen(a.value)) - Number(chosen(b.value)))) {
      context.strokeStyle = line.value === prediction ? palette.neurons : line.value === sample.label ? palette.select : palette.faint;
      context.lineWidth = chosen(line.value) ? 2 : 1;
      context.beginPath();
      line.ticks.forEach((tick, k) => {
        const x = timeToX(axis, tick);
        if (k === 0) context.moveTo(x, toY(line.values[k]));
        else {
          context.lineTo(x, toY(line.values[k - 1]));
          context.lineTo(x, toY(line.values[k]));
        }
      });
      context.lineTo(timeToX(axis, meta.until), toY(line.values[line.values.length - 1]));
      context.stroke();
    }
    context.restore();
    this.drawLegend(context, prediction, sample.label);
  }

  // Only of what is drawn: the prediction, the label where it is another one, and the rest.
  private drawLegend(context: CanvasRenderingContext2D, prediction: number | undefined, label: number | null): void {
    const palette = colours();
    const others = this.lines!.some((line) => line.value !== prediction && line.value !== label);
    const items: [string, string][] = [[palette.neurons, `predicted ${prediction}`]];
    if (label !== null && label !== prediction) items.push([palette.select, `label ${label}`]);
    if (others) items.push([palette.faint, "others"]);
    context.font = font;
    context.textAlign = "left";
    let x = gutter + 10;
    for (const [colour, text] of items) {
      const width = context.measureText(text).width;
      context.fillStyle = palette.paper;
      context.globalAlpha = 0.85;
      context.fillRect(x - 4, 11, width + 28, 16);
      context.globalAlpha = 1;
      context.fillStyle = colour;
      context.fillRect(x, 17, 14, 3);
      context.fillStyle = palette.ink;
      context.fillText(text, x + 19, 23);
      x += width + 36;
    }
  }

  private isCount(): boolean {
    const { kind } = this.page.trace.meta.readouts[0];
    return kind === "spike_count" || kind === "first_spike";
  }
}

function extremes(values: number[]): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}
