// What happened in a selected area: spikes, neurons, rates, a population a row.
import { firstAt } from "./data";
import type { Page } from "./page";
import type { Selection } from "./state";

export interface AreaRow {
  population: number;
  neurons: number; // within the area
  active: number; // of them fired
  spikes: number;
  rate: number; // spikes a neuron and tick
}

export function areaRows(page: Page, area: Extract<Selection, { kind: "area" }>): AreaRow[] | null {
  const streams = page.data?.streams;
  if (!streams) return null;
  return area.populations.map((population) => {
    const [first, end] = area.neurons ?? [0, page.trace.meta.populations[population].neurons];
    const stream = streams[population];
    const fired = new Uint8Array(end - first);
    let spikes = 0;
    let active = 0;
    const high = firstAt(stream, area.until);
    for (let k = firstAt(stream, area.from); k < high; ++k) {
      const place = stream.neurons[k] - first;
      if (place < 0 || place >= fired.length) continue;
      ++spikes;
      active += fired[place] === 0 ? 1 : 0;
      fired[place] = 1;
    }
    return { population, neurons: end - first, active, spikes, rate: spikes / ((end - first) * (area.until - area.from)) };
  });
}
