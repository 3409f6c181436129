// What is looked at, and its form in the page's address.
import { readFragment, writeFragment } from "../shared/fragment";
import { neuronText, parseAddress, spikeText } from "./address";
import type { Meta } from "./data";

export type Selection =
  | { kind: "none" }
  | { kind: "neuron"; population: number; neuron: number; tick: number | null }
  | { kind: "area"; from: number; until: number; populations: number[]; neurons: [number, number] | null };

export interface State {
  sample: number; // its place on the page
  from: number; // the ticks in view, [from, until)
  until: number;
  selection: Selection;
  pinned: Set<number>; // populations
  rows: Map<number, [number, number]>; // neurons in view, [first, end), where not all are
}

export function initialState(meta: Meta): State {
  return { sample: 0, from: meta.from, until: meta.until, selection: { kind: "none" }, pinned: new Set(), rows: new Map() };
}

// A name within a list: its own commas and colons are escaped.
const listed = (name: string): string => name.replace(/[%,:]/g, encodeURIComponent);

function listedBack(meta: Meta, text: string): number {
  try {
    return meta.populations.findIndex((population) => population.name === decodeURIComponent(text));
  } catch {
    return -1;
  }
}

const short = (value: number): string => String(Number(value.toFixed(3)));

export function stateToFragment(meta: Meta, state: State): string {
  const { selection } = state;
  const name = (p: number): string => listed(meta.populations[p].name);
  let spike: string | null = null;
  let neuron: string | null = null;
  let area: string | null = null;
  if (selection.kind === "neuron") {
    const population = meta.populations[selection.population];
    if (selection.tick === null) neuron = neuronText(population, selection.neuron);
    else spike = spikeText(population, selection.neuron, selection.tick);
  } else if (selection.kind === "area") {
    const rows = selection.neurons ? `:${selection.neurons[0]}-${selection.neurons[1] - 1}` : "";
    area = `${selection.from}-${selection.until - 1}:${selection.populations.map(name).join(",")}${rows}`;
  }
  const whole = state.from === meta.from && state.until === meta.until;
  return writeFragment({
    s: meta.samples.length > 0 ? String(meta.samples[state.sample].number) : null,
    spike,
    neuron,
    area,
    t: whole ? null : `${short(state.from)}-${short(state.until)}`,
    rows: state.rows.size > 0 ? [...state.rows].map(([p, [first, end]]) => `${name(p)}:${first}-${end - 1}`).join(",") : null,
    pin: state.pinned.size > 0 ? [...state.pinned].map(name).join(",") : null,
  });
}

function range(text: string | undefined): [number, number] | null {
  const match = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(text ?? "");
  return match && [Number(match[1]), Number(match[2])];
}

// Parts that do not fit this page are passed over: the rest of the link still holds.
export function stateFromFragment(meta: Meta, fragment: string): State {
  const parts = readFragment(fragment);
  const state = initialState(meta);
  const sample = meta.samples.findIndex((candidate) => String(candidate.number) === parts.get("s"));
  if (sample >= 0) state.sample = sample;
  const time = range(parts.get("t"));
  if (time && time[0] < time[1]) {
    state.from = Math.min(Math.max(time[0], meta.from), meta.until);
    state.until = Math.min(Math.max(time[1], meta.from), meta.until);
    if (state.from >= state.until) [state.from, state.until] = [meta.from, meta.until];
  }
  for (const text of parts.get("pin")?.split(",") ?? []) {
    const population = listedBack(meta, text);
    if (population >= 0) state.pinned.add(population);
  }
  for (const text of parts.get("rows")?.split(",") ?? []) {
    const [name, numbers] = text.split(":");
    const population = listedBack(meta, name);
    const rows = range(numbers);
    if (population >= 0 && rows && rows[0] <= rows[1] && rows[1] < meta.populations[population].neurons) {
      state.rows.set(population, [rows[0], rows[1] + 1]);
    }
  }
  state.selection = selectionFrom(meta, parts);
  return state;
}

function selectionFrom(meta: Meta, parts: Map<string, string>): Selection {
  const address = parseAddress(meta.populations, parts.get("spike") ?? parts.get("neuron") ?? "");
  if (address) {
    const inside = address.tick !== null && address.tick >= meta.from && address.tick < meta.until;
    return { kind: "neuron", ...address, tick: inside ? address.tick : null };
  }
  const [time, names, neurons] = (parts.get("area") ?? "").split(":");
  const ticks = range(time);
  const populations = (names ?? "").split(",").map((text) => listedBack(meta, text)).filter((p) => p >= 0);
  if (!ticks || ticks[0] > ticks[1] || populations.length === 0) return { kind: "none" };
  const rows = range(neurons);
  const from = Math.max(ticks[0], meta.from);
  const until = Math.min(ticks[1] + 1, meta.until);
  if (from >= until) return { kind: "none" };
  return { kind: "area", from, until, populations, neurons: rows && populations.length === 1 ? [rows[0], rows[1] + 1] : null };
}
