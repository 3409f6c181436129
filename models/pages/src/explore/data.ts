// What models/trace/explore_page.cpp wrote, as the page uses it.
import { ColumnReader, hasBlob, readBlob, readJson } from "../shared/blobs";

export interface Population {
  name: string;
  shape: number[];
  neurons: number;
  kind: "encoder" | "neurons" | "max_pool";
  holdsValues: boolean;
  fires: boolean;
}

export interface Readout {
  name: string;
  population: number | null; // of the page
  kind: "spike_count" | "first_spike" | "membrane" | "mean_membrane";
  values: number;
}

export interface ReadoutResult {
  prediction: number;
  values: (number | null)[]; // null: not a finite number
  tied: boolean;
  undecided: boolean;
}

export interface SampleInfo {
  number: number;
  label: number | null;
  margin: number | null;
  wrong: boolean;
  spikes: number[]; // by population
  hasSpikes: boolean;
  courses: number[]; // readouts whose values were recorded at every tick
  explained: number;
  readouts: ReadoutResult[];
}

export interface Meta {
  format: number;
  traceFile: string;
  modelFile: string;
  dataName: string;
  dataOption: string;
  model: string;
  commandLine: string;
  time: string;
  program: string;
  seed: number;
  horizon: number;
  tickSeconds: number;
  from: number;
  until: number;
  ticksPerBin: number;
  populations: Population[];
  readouts: Readout[];
  thumbnail: { channels: number; height: number; width: number };
  totals: { samples: number; labelled: number; right: number; undecided: number; spikes: number };
  notes: string[];
  samples: SampleInfo[];
}

// The spikes of one (sample, population), by ascending (tick, neuron).
export interface Stream {
  ticks: Float64Array;
  neurons: Uint32Array;
  payloads: Float32Array | null; // null: all 1
}

export type TermKind = "spike" | "drive" | "bias" | "initial" | "rest" | "leak" | "reset";

export interface Term {
  kind: TermKind;
  population: number | null;
  neuron: number;
  tick: number | null;
  value: number;
}

export interface Explanation {
  population: number;
  neuron: number;
  tick: number;
  fired: boolean;
  notTested: string;
  membrane: number;
  threshold: number;
  strictly: boolean;
  residue: number;
  terms: Term[];
}

// Everything of one sample that is read when it is chosen.
export interface SampleData {
  streams: Stream[] | null; // null: density only
  explanations: Explanation[];
  courses: Map<number, Float32Array>; // by readout: [tick of the window][value]
}

function readStreams(bytes: Uint8Array, populations: number): Stream[] {
  const reader = new ColumnReader(bytes);
  const streams: Stream[] = [];
  for (let p = 0; p < populations; ++p) {
    const packets = reader.number();
    const packetTicks = new Float64Array(packets);
    const counts = new Float64Array(packets);
    let tick = 0;
    let spikes = 0;
    for (let k = 0; k < packets; ++k) {
      tick += reader.number();
      packetTicks[k] = tick;
      counts[k] = reader.number();
      spikes += counts[k];
    }
    const ticks = new Float64Array(spikes);
    const neurons = new Uint32Array(spikes);
    let at = 0;
    for (let k = 0; k < packets; ++k) {
      let neuron = 0;
      for (const end = at + counts[k]; at < end; ++at) {
        neuron += reader.number();
        ticks[at] = packetTicks[k];
        neurons[at] = neuron;
      }
    }
    streams.push({ ticks, neurons, payloads: reader.byte() === 1 ? reader.floats(spikes) : null });
  }
  return streams;
}

export class Trace {
  readonly bins: number;
  private readonly read = new Map<number, Promise<SampleData>>();

  private constructor(
    readonly meta: Meta,
    private readonly counts: Float64Array, // [sample][population][bin]
    private readonly thumbnails: Uint8Array, // [sample][channel][row][column]
  ) {
    this.bins = binsOf(meta);
  }

  static async open(): Promise<Trace> {
    const meta = readJson<Meta>("meta");
    const density = new ColumnReader(await readBlob("density"));
    const counts = new Float64Array(meta.samples.length * meta.populations.length * binsOf(meta));
    for (let k = 0; k < counts.length; ++k) counts[k] = density.number();
    return new Trace(meta, counts, await readBlob("thumbnails"));
  }

  // Spikes a bin.
  density(sample: number, population: number): Float64Array {
    const first = (sample * this.meta.populations.length + population) * this.bins;
    return this.counts.subarray(first, first + this.bins);
  }

  hasThumbnails(): boolean {
    return this.meta.thumbnail.channels > 0;
  }

  thumbnail(sample: number): Uint8Array {
    const { channels, height, width } = this.meta.thumbnail;
    const size = channels * height * width;
    return this.thumbnails.subarray(sample * size, (sample + 1) * size);
  }

  // Kept for the samples looked at last: a page of many holds few of them unpacked.
  load(sample: number): Promise<SampleData> {
    const known = this.read.get(sample);
    if (known) return known;
    const reading = this.loadNow(sample);
    this.read.set(sample, reading);
    if (this.read.size > 8) this.read.delete(this.read.keys().next().value!);
    return reading;
  }

  private async loadNow(sample: number): Promise<SampleData> {
    const info = this.meta.samples[sample];
    const bytes = info.hasSpikes ? await readBlob(`spikes-${sample}`) : null;
    const explanations = hasBlob(`explained-${sample}`)
      ? (JSON.parse(new TextDecoder().decode(await readBlob(`explained-${sample}`))) as Explanation[])
      : [];
    const courses = new Map<number, Float32Array>();
    for (const readout of info.courses) {
      const course = await readBlob(`course-${sample}-${readout}`);
      courses.set(readout, new ColumnReader(course).floats(course.length / 4));
    }
    return { streams: bytes && readStreams(bytes, this.meta.populations.length), explanations, courses };
  }
}

function binsOf(meta: Meta): number {
  return Math.ceil((meta.until - meta.from) / meta.ticksPerBin);
}

// The first spike at or after a tick; as many as there are if there is none.
export function firstAt(stream: Stream, tick: number): number {
  let low = 0;
  let high = stream.ticks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (stream.ticks[middle] < tick) low = middle + 1;
    else high = middle;
  }
  return low;
}

// The place of a neuron's spike at a tick; -1: it did not fire.
export function spikeAt(stream: Stream, neuron: number, tick: number): number {
  for (let k = firstAt(stream, tick); k < stream.ticks.length && stream.ticks[k] === tick; ++k) {
    if (stream.neurons[k] === neuron) return k;
  }
  return -1;
}

// All ticks at which a neuron fired.
export function ticksOf(stream: Stream, neuron: number): number[] {
  const ticks: number[] = [];
  for (let k = 0; k < stream.neurons.length; ++k) {
    if (stream.neurons[k] === neuron) ticks.push(stream.ticks[k]);
  }
  return ticks;
}
