// What the finder finds: neurons by (part of) a population's name and numbers, populations, samples.
import fuzzysort from "fuzzysort";
import { counted } from "../shared/format";
import type { Found } from "../shared/finder";
import { neuronOf, neuronText, spikeText } from "./address";
import type { Page } from "./page";
import { answerText } from "./strip";

interface Query {
  text: string;
  numbers: number[]; // an index, or [c,y,x]
  tick: number | null;
}

// "hid37", "hidden[37]@5", "conv 2,3,4", "12"
function readQuery(query: string): Query {
  const match = /^([^]*?)[\s[(]*(\d+(?:[\s,]+\d+){0,2})?\s*[\])]?\s*(?:@\s*(\d+))?$/.exec(query);
  return {
    text: (match?.[1] ?? query).trim(),
    numbers: match?.[2]?.split(/[\s,]+/).map(Number) ?? [],
    tick: match?.[3] === undefined ? null : Number(match[3]),
  };
}

function matching(page: Page, text: string): number[] {
  const places = page.trace.meta.populations.map((population, place) => ({ name: population.name, place }));
  if (text === "") return places.map(({ place }) => place);
  return fuzzysort.go(text, places, { key: "name", threshold: 0.2 }).map((result) => result.obj.place);
}

function neurons(page: Page, { text, numbers, tick }: Query): Found[] {
  const { meta } = page.trace;
  return matching(page, text).flatMap((population) => {
    const spec = meta.populations[population];
    const neuron = neuronOf(spec, numbers);
    if (neuron < 0) return [];
    const inside = tick !== null && tick >= meta.from && tick < meta.until;
    return [
      {
        title: inside ? spikeText(spec, neuron, tick) : neuronText(spec, neuron),
        detail: inside ? "spike" : `neuron${spikesOf(page, population, neuron)}`,
        go: () => page.goTo(population, neuron, inside ? tick : null),
      },
    ];
  });
}

function spikesOf(page: Page, population: number, neuron: number): string {
  const stream = page.data?.streams?.[population];
  if (!stream) return "";
  let count = 0;
  for (const fired of stream.neurons) count += fired === neuron ? 1 : 0;
  return count === 0 ? " \u00b7 silent" : ` \u00b7 ${counted(count, "spike")}`;
}

// The population, and the neurons of it that fire most.
function populations(page: Page, text: string): Found[] {
  const { meta } = page.trace;
  const found: Found[] = [];
  for (const population of matching(page, text).slice(0, 6)) {
    const spec = meta.populations[population];
    found.push({ title: spec.name, detail: `population \u00b7 ${counted(spec.neurons, "neuron")}`, go: () => page.showPopulation(population) });
    const stream = page.data?.streams?.[population];
    if (!stream || text === "") continue;
    const counts = new Map<number, number>();
    for (const neuron of stream.neurons) counts.set(neuron, (counts.get(neuron) ?? 0) + 1);
    const busiest = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, 3);
    for (const [neuron, count] of busiest) {
      found.push({ title: neuronText(spec, neuron), detail: `among the busiest \u00b7 ${counted(count, "spike")}`, go: () => page.goTo(population, neuron, null) });
    }
  }
  return found;
}

function samples(page: Page, query: string): Found[] {
  const list = page.trace.meta.samples.map((sample, place) => ({ name: `sample ${sample.number} ${answerText(sample)}${sample.wrong ? " wrong" : ""}`, number: String(sample.number), place }));
  const number = /^(?:#|sample\s*#?|s)?\s*(\d+)$/i.exec(query)?.[1];
  const hits = number === undefined ? fuzzysort.go(query, list, { key: "name", threshold: 0.4, limit: 6 }).map((result) => result.obj) : list.filter((item) => item.number.startsWith(number)).sort((a, b) => a.number.length - b.number.length).slice(0, 6);
  return hits.map((item) => ({ title: `Sample ${item.number}`, detail: answerText(page.trace.meta.samples[item.place]), go: () => page.goToSample(item.place) }));
}

export function search(page: Page, text: string): Found[] {
  const query = readQuery(text);
  const named = query.numbers.length > 0 ? neurons(page, query) : [];
  const others = query.numbers.length > 0 && query.text !== "" ? [] : populations(page, query.text);
  const bySample = text === "" ? [] : samples(page, text);
  const sampleFirst = /^(#|s)/i.test(text);
  return (sampleFirst ? [...bySample, ...named, ...others] : [...named, ...others, ...bySample]).slice(0, 40);
}
