// What the parts of the page share: the trace, the state, and how to change it.
import type { TimeAxis } from "../shared/axis";
import type { Population, SampleData, Trace } from "./data";
import type { Selection, State } from "./state";
import type { TimeView } from "./time_view";
import { grouped } from "../shared/format";
import { colours } from "../shared/theme";

export interface Page {
  readonly trace: Trace;
  readonly view: TimeView;
  state: State;
  data: SampleData | null; // of the sample; null while it is read

  select(selection: Selection): void;
  // The same, and moves time and neurons so that it is seen.
  goTo(population: number, neuron: number, tick: number | null): void;
  goToSample(place: number): void;
  showPopulation(population: number): void;
  togglePin(population: number): void;
  setRows(population: number, rows: [number, number] | null): void;
  draw(): void; // at the next frame
}

// Room within every canvas that shares the time axis, in CSS pixels.
export const gutter = 68;
export const margin = 18;

export function timeAxis(page: Page, width: number): TimeAxis {
  return {
    from: page.view.from,
    until: page.view.until,
    left: gutter,
    right: Math.max(width - margin, gutter + 1),
    tickSeconds: page.trace.meta.tickSeconds,
  };
}

export function colourOf(population: Population): string {
  const palette = colours();
  if (population.kind === "encoder") return palette.encoder;
  if (population.kind === "max_pool") return palette.pool;
  return population.fires ? palette.neurons : palette.read;
}

export function kindText(population: Population): string {
  if (population.kind === "encoder") return population.holdsValues ? "encoder, values held" : "encoder";
  if (population.kind === "max_pool") return "max pool";
  return population.fires ? "neurons" : "membrane only";
}

export function shapeText(population: Population): string {
  return population.shape.map(grouped).join("\u2009\u00d7\u2009");
}

// Why a band has no spikes, in words.
export function silenceText(population: Population): string {
  if (population.holdsValues) return "held values: sends no spikes";
  if (!population.fires) return "read by its membrane: never fires";
  return "silent: no spikes in this sample";
}
