// Names of neurons and spikes: NAME[i], NAME[c,y,x], NAME[i]@t. People and links use them.
import type { Population } from "./data";

export interface Address {
  population: number;
  neuron: number;
  tick: number | null;
}

export function neuronText(population: Population, neuron: number): string {
  return `${population.name}[${neuron}]`;
}

export function spikeText(population: Population, neuron: number, tick: number): string {
  return `${neuronText(population, neuron)}@${tick}`;
}

// "[c,y,x]" of a neuron of a [C,H,W] population; empty for others.
export function placeText(population: Population, neuron: number): string {
  if (population.shape.length !== 3) return "";
  const [, height, width] = population.shape;
  const plane = height * width;
  return `[${Math.floor(neuron / plane)},${Math.floor((neuron % plane) / width)},${neuron % width}]`;
}

// The index of one number or of [c,y,x]; -1 if there is no such neuron.
export function neuronOf(population: Population, numbers: number[]): number {
  if (numbers.length === 1) return numbers[0] < population.neurons ? numbers[0] : -1;
  const [channels, height, width] = population.shape;
  if (numbers.length !== 3 || population.shape.length !== 3) return -1;
  const [c, y, x] = numbers;
  return c < channels && y < height && x < width ? (c * height + y) * width + x : -1;
}

export function parseAddress(populations: Population[], text: string): Address | null {
  const match = /^([^]*)\[(\d+(?:,\d+)*)\](?:@(\d+))?$/.exec(text);
  if (!match) return null;
  const population = populations.findIndex((candidate) => candidate.name === match[1]);
  if (population < 0) return null;
  const neuron = neuronOf(populations[population], match[2].split(",").map(Number));
  return neuron < 0 ? null : { population, neuron, tick: match[3] === undefined ? null : Number(match[3]) };
}
