// The side panel: the sample, and what is selected.
import { announce, button, el, fill, type Child } from "../shared/dom";
import { counted, grouped, percent, plain, timeText } from "../shared/format";
import { facts, table } from "../shared/table";
import { neuronText, placeText, spikeText } from "./address";
import { areaRows } from "./area";
import { whyCommand } from "./command";
import { spikeAt, ticksOf, type SampleInfo } from "./data";
import { explanationFor, explanationView } from "./explanation";
import { colourOf, kindText, silenceText, type Page } from "./page";
import { thumbnailCanvas } from "./strip";
import type { Selection } from "./state";

type NeuronSelection = Extract<Selection, { kind: "neuron" }>;
type AreaSelection = Extract<Selection, { kind: "area" }>;

export interface PanelActions {
  step: (direction: 1 | -1) => void; // to the neuron's next or previous spike
  copyLink: () => void;
  clear: () => void;
  fit: () => void;
}

export class Panel {
  readonly root = el("aside", { class: "panel", "aria-label": "Details" });
  private readonly sample = el("section", { class: "card-section", "aria-label": "Sample" });
  private readonly selected = el("section", { class: "card-section", "aria-label": "Selection", "data-part": "selection" });
  private readonly about = el("section", { class: "card-section about", "aria-label": "About this page" });

  constructor(
    private readonly page: Page,
    private readonly actions: PanelActions,
  ) {
    this.root.append(this.selected, this.sample, this.about);
    this.fillAbout();
  }

  refresh(): void {
    const { meta } = this.page.trace;
    const info = meta.samples[this.page.state.sample];
    if (!info) {
      this.sample.hidden = true;
      this.selected.hidden = true;
      return;
    }
    this.fillSample(info);
    this.fillSelected(info);
  }

  private fillSample(info: SampleInfo): void {
    const result = info.readouts[0];
    const verdict = info.label === null ? "no label" : !result ? "no readout" : info.wrong ? "wrong" : "right";
    fill(
      this.sample,
      el(
        "div",
        { class: "sample-head" },
        this.page.trace.hasThumbnails() && thumbnailCanvas(this.page, this.page.state.sample, "thumb large"),
        el(
          "div",
          {},
          el("h2", {}, `Sample ${info.number}`),
          facts(
            ["label", info.label === null ? "none" : info.label],
            ["prediction", result ? el("span", { class: info.wrong ? "bad" : null }, `${result.prediction}${result.tied ? ", tied" : ""}${result.undecided ? ", undecided" : ""}`) : "no readout"],
            ["verdict", el("span", { class: info.wrong ? "bad" : null }, verdict)],
            ["margin", info.margin === null ? "none" : plain(info.margin)],
          ),
        ),
      ),
      result && this.readoutBars(info),
    );
  }

  // The readout's values at the end, a bar each.
  private readoutBars(info: SampleInfo): HTMLElement {
    const { meta } = this.page.trace;
    const { values, prediction } = info.readouts[0];
    const readout = meta.readouts[0];
    const order = values.map((_, k) => k);
    const few = values.length <= 12 ? order : order.sort((a, b) => (values[b] ?? -Infinity) - (values[a] ?? -Infinity)).slice(0, 10);
    const shown = values.filter((value): value is number => value !== null);
    const low = Math.min(0, ...shown);
    const room = Math.max(0, ...shown) - low || 1;
    return el(
      "div",
      {},
      el("h3", { class: "small-head" }, `Readout ${readout.name || ""}: ${readout.kind.replace("_", " ")} at the end${few.length < values.length ? `, 10 of ${values.length}` : ""}`),
      el(
        "ol",
        { class: "bars", "aria-label": "Readout values" },
        ...few.map((k) => {
          const value = values[k];
          const size = value ?? 0;
          const left = (100 * (Math.min(size, 0) - low)) / room;
          const mark = k === prediction ? " predicted" : k === info.label ? " label" : "";
          return el(
            "li",
            { class: `bar-row${mark}` },
            el("span", { class: "bar-name" }, String(k)),
            el("span", { class: "bar-track" }, el("span", { class: "bar", style: `left:${left}%;width:${(100 * Math.abs(size)) / room}%` })),
            el("span", { class: "bar-value" }, value === null ? "\u2013" : plain(value)),
          );
        }),
      ),
    );
  }

  private fillSelected(info: SampleInfo): void {
    const { selection } = this.page.state;
    if (selection.kind === "neuron") this.fillNeuron(info, selection);
    else if (selection.kind === "area") this.fillArea(selection);
    else this.fillNothing(info);
  }

  private head(title: string, kind: string): HTMLElement {
    return el(
      "div",
      { class: "panel-head" },
      el("div", {}, el("div", { class: "eyebrow" }, kind), el("h2", { class: "address-title" }, title)),
      el("div", { class: "panel-tools" }, button("Link", "Copy a link to this (C)", this.actions.copyLink), button("\u2715", "Clear the selection (Esc)", this.actions.clear, "button icon")),
    );
  }

  private fillNeuron(info: SampleInfo, selection: NeuronSelection): void {
    const { meta } = this.page.trace;
    const spec = meta.populations[selection.population];
    const stream = this.page.data?.streams?.[selection.population] ?? null;
    const ticks = stream ? ticksOf(stream, selection.neuron) : null;
    const at = stream && selection.tick !== null ? spikeAt(stream, selection.neuron, selection.tick) : -1;
    const name = neuronText(spec, selection.neuron);
    const title = selection.tick === null ? name : spikeText(spec, selection.neuron, selection.tick);
    const payload = at >= 0 ? (stream!.payloads?.[at] ?? 1) : 1;
    const kind = selection.tick === null ? "Neuron" : at >= 0 ? "Spike" : ticks ? "No spike" : "Neuron and tick";
    const seconds = (tick: number): string => (meta.tickSeconds > 0 ? ` \u00b7 ${timeText(tick * meta.tickSeconds)}` : "");
    const place = placeText(spec, selection.neuron);
    const pairs: [string, Child][] = [];
    if (place) pairs.push(["address", `${spec.name}${place}`]);
    if (selection.tick !== null) pairs.push(["tick", `${grouped(selection.tick)}${seconds(selection.tick)}`]);
    if (payload !== 1) pairs.push(["payload", plain(payload)]);
    if (ticks) {
      const span = meta.until - meta.from;
      pairs.push(["spikes", ticks.length === 0 ? "none in this sample" : `${grouped(ticks.length)} in ${counted(span, "tick")}${meta.tickSeconds > 0 ? ` \u00b7 ${plain(ticks.length / (span * meta.tickSeconds))}\u2009Hz` : ""}`]);
      if (ticks.length > 0) pairs.push(["at", this.tickList(selection, ticks)]);
    }
    fill(
      this.selected,
      this.head(title, kind),
      facts(...pairs),
      ticks && ticks.length > 0 && el("div", { class: "steps" }, button("\u2039 Previous spike", "Previous spike of this neuron (,)", () => this.actions.step(-1)), button("Next spike \u203a", "Next spike of this neuron (.)", () => this.actions.step(1))),
      selection.tick !== null && this.why(info, selection, title, at >= 0),
    );
    announce(`${kind} ${title}`);
  }

  private tickList(selection: NeuronSelection, ticks: number[]): HTMLElement {
    const most = 24;
    const { population, neuron } = selection;
    const near = selection.tick === null ? 0 : Math.max(0, Math.min(ticks.findIndex((tick) => tick >= selection.tick!) - most / 2, ticks.length - most));
    const shown = ticks.slice(near, near + most);
    return el(
      "span",
      { class: "tick-list" },
      near > 0 && "\u2026 ",
      ...shown.map((tick) => el("button", { type: "button", class: "link", "aria-current": tick === selection.tick ? "true" : null, onclick: () => this.page.goTo(population, neuron, tick) }, String(tick))),
      near + most < ticks.length && ` \u2026`,
    );
  }

  private why(info: SampleInfo, selection: NeuronSelection, title: string, fired: boolean): HTMLElement | null {
    const spec = this.page.trace.meta.populations[selection.population];
    if (spec.kind !== "neurons") return null;
    const heading = el("h3", { class: "small-head" }, fired ? "Why it fired" : "Why it did not fire");
    const explanation = explanationFor(this.page, selection.population, selection.neuron, selection.tick!);
    if (explanation) return el("div", { class: "why" }, heading, explanationView(this.page, explanation));
    const command = whyCommand(this.page.trace.meta, info.number, title, fired);
    const copy = button("Copy", "Copy this command", () => {
      void copyText(command).then((done) => (copy.textContent = done ? "Copied" : "Select and copy"));
    });
    return el("div", { class: "why" }, heading, el("p", { class: "quiet" }, "This page holds no explanation of it. This command prints one:"), el("pre", { class: "command", tabindex: 0 }, command), copy);
  }

  private fillArea(selection: AreaSelection): void {
    const { meta } = this.page.trace;
    const ticks = selection.until - selection.from;
    const rows = areaRows(this.page, selection);
    const total = rows?.reduce((sum, row) => sum + row.spikes, 0) ?? 0;
    const range = ticks === 1 ? `tick ${grouped(selection.from)}` : `ticks ${grouped(selection.from)}\u2013${grouped(selection.until - 1)}`;
    const seconds = meta.tickSeconds;
    fill(
      this.selected,
      this.head(range, "Selected area"),
      facts(
        ["span", `${counted(ticks, "tick")}${seconds > 0 ? ` \u00b7 ${timeText(ticks * seconds)}` : ""}`],
        ...(selection.neurons ? [["neurons", `${meta.populations[selection.populations[0]].name}[${selection.neurons[0]}\u2013${selection.neurons[1] - 1}]`] as [string, Child]] : []),
        ["spikes", rows ? grouped(total) : "not on the page"],
      ),
      rows &&
        table(
          "Spikes of the selected area by population",
          [
            { title: "Population" },
            { title: "Spikes", numeric: true },
            { title: "Active", numeric: true, hint: "Neurons that fired, and their share" },
            { title: seconds > 0 ? "Hz" : "Rate", numeric: true, hint: seconds > 0 ? "Spikes a neuron and second" : "Spikes a neuron and tick" },
          ],
          rows.map((row) => [
            this.populationName(row.population),
            grouped(row.spikes),
            el("span", { title: `${grouped(row.active)} of ${counted(row.neurons, "neuron")}` }, `${grouped(row.active)} \u00b7 ${percent(row.active / row.neurons)}`),
            plain(seconds > 0 ? row.rate / seconds : row.rate),
          ]),
        ),
      el("div", { class: "steps" }, button("Zoom to it", "Show this area alone (F)", this.actions.fit)),
    );
    announce(`Selected ${range}: ${counted(total, "spike")}`);
  }

  private populationName(population: number): HTMLElement {
    const spec = this.page.trace.meta.populations[population];
    return el("button", { type: "button", class: "link name-cell", title: `${spec.name}: ${kindText(spec)}`, onclick: () => this.page.showPopulation(population) }, el("i", { class: "dot", style: `background:${colourOf(spec)}` }), el("span", {}, spec.name));
  }

  private fillNothing(info: SampleInfo): void {
    const { meta } = this.page.trace;
    const span = meta.until - meta.from;
    const seconds = meta.tickSeconds;
    fill(
      this.selected,
      el("h2", {}, "Populations"),
      table(
        "Populations of this sample",
        [
          { title: "Name" },
          { title: "Neurons", numeric: true },
          { title: "Spikes", numeric: true },
          { title: seconds > 0 ? "Hz" : "Rate", numeric: true, hint: seconds > 0 ? "Spikes a neuron and second" : "Spikes a neuron and tick" },
        ],
        meta.populations.map((spec, p) => [
          this.populationName(p),
          grouped(spec.neurons),
          info.spikes[p] > 0 ? grouped(info.spikes[p]) : el("span", { class: "quiet", title: silenceText(spec) }, "0"),
          info.spikes[p] > 0 ? plain(info.spikes[p] / (spec.neurons * span) / (seconds > 0 ? seconds : 1)) : el("span", { class: "quiet" }, "0"),
        ]),
      ),
      el("p", { class: "quiet hint" }, "Click a spike, or drag over an area. ", el("kbd", {}, "Ctrl"), " ", el("kbd", {}, "P"), " finds a neuron or a sample, ", el("kbd", {}, "?"), " lists all keys."),
    );
  }

  private fillAbout(): void {
    const { meta } = this.page.trace;
    const pairs: [string, Child][] = [["trace", meta.traceFile]];
    if (meta.modelFile) pairs.push(["model file", meta.modelFile]);
    if (meta.dataName) pairs.push(["data", meta.dataName]);
    if (meta.commandLine) pairs.push(["run", meta.commandLine]);
    if (meta.time) pairs.push(["when", meta.time]);
    if (meta.program) pairs.push(["by", meta.program]);
    pairs.push(["seed", String(meta.seed)]);
    const wide = pairs.map(([name, value]): [string, Child] => [name, el("span", { class: "wrap" }, value)]);
    fill(
      this.about,
      meta.notes.length > 0 && el("ul", { class: "notes" }, ...meta.notes.map((note) => el("li", {}, note))),
      el("details", {}, el("summary", {}, "Where this trace comes from"), facts(...wide)),
    );
  }
}

export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = el("textarea", { class: "unseen" });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy"); // where a browser keeps the clipboard from files
    area.remove();
    return done;
  }
}
