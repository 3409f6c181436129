// The page as a whole: what changes the state, and what is drawn when it has changed.
import { drawTimeAxis } from "../shared/axis";
import { announce, button, el } from "../shared/dom";
import { Finder } from "../shared/finder";
import { counted, outOf, percent, timeText } from "../shared/format";
import { showFragment, flushFragment } from "../shared/fragment";
import { Keys } from "../shared/keys";
import { Surface } from "../shared/surface";
import { colours, onThemeChange, toggleTheme } from "../shared/theme";
import { Band } from "./band";
import { bindKeys } from "./bindings";
import { Course } from "./course";
import { firstAt, ticksOf, type SampleData, type Trace } from "./data";
import { search } from "./find";
import { Gestures } from "./gestures";
import { Overview } from "./overview";
import { timeAxis, type Page } from "./page";
import { copyText, Panel } from "./panel";
import { initialState, stateFromFragment, stateToFragment, type Selection, type State } from "./state";
import { Strip } from "./strip";
import { TimeView } from "./time_view";

const axisHeight = 34;

export class App implements Page {
  state: State;
  data: SampleData | null = null;
  readonly view: TimeView;
  readonly keys = new Keys();
  readonly finder: Finder;
  readonly bands: Band[];
  private readonly axisSurface: Surface;
  private readonly overview: Overview;
  private readonly course: Course;
  private readonly strip: Strip;
  private readonly panel: Panel;
  private readonly head = el("div", { class: "timeline-head" });
  private readonly list = el("div", { class: "bands" });
  private readonly timeline = el("section", { class: "timeline", "aria-label": "Spikes over time" });
  private frame = 0;
  private loading = 0;

  constructor(readonly trace: Trace) {
    const { meta } = trace;
    this.state = initialState(meta);
    this.view = new TimeView(meta.from, meta.until, () => this.draw());
    this.bands = meta.populations.map((_, p) => new Band(this, p));
    this.overview = new Overview(this);
    this.course = new Course(this);
    this.strip = new Strip(this);
    this.panel = new Panel(this, { step: (direction) => this.step(direction), copyLink: () => this.copyLink(), clear: () => this.clear(), fit: () => this.fit() });
    this.finder = new Finder("Find a neuron, population or sample", (query) => search(this, query));
    const axis = el("canvas", { class: "plot axis", role: "img", "aria-label": "Time axis" });
    axis.style.height = `${axisHeight}px`;
    this.axisSurface = new Surface(axis, () => this.draw());
    this.head.append(this.overview.root, el("div", { class: "row" }, el("div", { class: "name" }), axis));
    this.list.append(...this.bands.map((band) => band.root));
    this.timeline.append(this.head, this.list, this.course.root);
    if (meta.populations.length > 0) new Gestures(this, this.timeline, this.bands);
    bindKeys(this);
    this.build();
    new ResizeObserver(() => this.layout()).observe(this.timeline);
    onThemeChange(() => {
      this.draw();
      this.panel.refresh();
    });
    addEventListener("hashchange", () => this.restore());
    addEventListener("pagehide", () => flushFragment());
    this.restore();
  }

  private build(): void {
    const { meta } = this.trace;
    const { totals } = meta;
    const words = [
      `T = ${counted(meta.horizon, "tick")}${meta.tickSeconds > 0 ? ` \u00b7 ${timeText(meta.horizon * meta.tickSeconds)}` : ""}`,
      counted(meta.populations.length, "population"),
      outOf(meta.samples.length, totals.samples, "sample"),
    ];
    if (totals.labelled > 0) words.push(`${percent(totals.right / totals.labelled)} right`);
    const top = el(
      "header",
      { class: "top" },
      el("div", { class: "brand", title: "Saltus" }, "saltus"),
      el("h1", { title: meta.model }, meta.model || "unnamed model"),
      el("div", { class: "top-facts" }, ...words.map((text) => el("span", {}, text))),
      el(
        "div",
        { class: "top-tools" },
        el("button", { type: "button", class: "button find", title: "Find a neuron, population or sample (Ctrl+P)", onclick: () => this.finder.open() }, "Find", el("kbd", {}, "Ctrl P")),
        button("Fit", "Show all of the time, or the selected area (F)", () => this.fit()),
        button("\u25d0", "Light or dark (T)", toggleTheme, "button icon"),
        button("?", "All keys and gestures (?)", () => this.keys.showHelp(), "button icon"),
      ),
    );
    const { samples } = meta;
    const empty =
      samples.length === 0
        ? el("section", { class: "empty" }, el("h2", {}, "No samples"), el("p", {}, totals.samples === 0 ? "This trace holds no samples: the run that wrote it had none." : "None of the trace\u2019s samples are on this page."))
        : meta.populations.length === 0
          ? el("section", { class: "empty" }, el("h2", {}, "No populations"), el("p", {}, "This trace holds no populations."))
          : null;
    document.body.append(
      el("a", { class: "skip", href: "#", onclick: (event: Event) => this.skip(event) }, "Skip to the spikes"),
      el("div", { class: "page" }, top, !empty && this.strip.root, el("main", { class: "work" }, empty ?? this.timeline, this.panel.root)),
    );
  }

  private skip(event: Event): void {
    event.preventDefault();
    this.bands[0]?.canvas.focus();
  }

  // The state that the address describes.
  private restore(): void {
    const before = this.state.sample;
    this.state = stateFromFragment(this.trace.meta, location.hash);
    this.view.show(this.state.from, this.state.until, true);
    this.order();
    if (!this.data || before !== this.state.sample) void this.loadSample();
    this.changed();
  }

  private async loadSample(): Promise<void> {
    if (this.trace.meta.samples.length === 0) {
      document.documentElement.dataset.ready = "true";
      return;
    }
    const turn = ++this.loading;
    this.data = null;
    const data = await this.trace.load(this.state.sample);
    if (turn !== this.loading) return; // another sample was chosen meanwhile
    this.data = data;
    document.documentElement.dataset.ready = "true";
    this.changed();
    this.layout();
  }

  // Everything that shows the state follows it.
  private changed(): void {
    this.strip.refresh();
    this.bands.forEach((band) => band.refresh());
    this.course.refresh();
    this.panel.refresh();
    this.draw();
  }

  private share(): void {
    [this.state.from, this.state.until] = this.view.target;
    showFragment(stateToFragment(this.trace.meta, this.state));
  }

  select(selection: Selection): void {
    this.state.selection = selection;
    this.panel.refresh();
    this.draw();
  }

  goTo(population: number, neuron: number, tick: number | null): void {
    this.state.selection = { kind: "neuron", population, neuron, tick };
    const rows = this.state.rows.get(population);
    if (rows && (neuron < rows[0] || neuron >= rows[1])) {
      const span = rows[1] - rows[0];
      const first = Math.min(Math.max(neuron - (span >> 1), 0), this.trace.meta.populations[population].neurons - span);
      this.state.rows.set(population, [first, first + span]);
    }
    const [from, until] = this.view.target;
    if (tick !== null && (tick < from || tick + 1 > until)) {
      const half = (until - from) / 2;
      this.view.show(tick + 0.5 - half, tick + 0.5 + half);
    }
    this.bands[population].refresh();
    this.reveal(population);
    this.panel.refresh();
    this.draw();
  }

  private reveal(population: number): void {
    const band = this.bands[population].root;
    if (!this.state.pinned.has(population)) band.scrollIntoView({ block: "nearest" });
  }

  goToSample(place: number): void {
    if (place < 0 || place >= this.trace.meta.samples.length || place === this.state.sample) return;
    this.state.sample = place;
    announce(`Sample ${this.trace.meta.samples[place].number}`);
    void this.loadSample();
    this.changed();
  }

  showPopulation(population: number): void {
    this.reveal(population);
    this.bands[population].canvas.focus({ preventScroll: true });
  }

  togglePin(population: number): void {
    const { pinned } = this.state;
    if (!pinned.delete(population)) pinned.add(population);
    this.order();
    this.bands.forEach((band) => band.refresh());
    this.layout();
  }

  setRows(population: number, rows: [number, number] | null): void {
    if (rows) this.state.rows.set(population, rows);
    else this.state.rows.delete(population);
    this.bands[population].refresh();
    this.draw();
  }

  // Pinned bands first, in the order they were pinned.
  private order(): void {
    const { pinned } = this.state;
    const rest = this.bands.filter((band) => !pinned.has(band.population));
    const wanted = [...[...pinned].map((p) => this.bands[p]), ...rest].map((band) => band.root);
    if (wanted.some((root, k) => this.list.children[k] !== root)) this.list.append(...wanted);
  }

  // Bands share the room that is left; pinned ones stay in view while others scroll.
  private layout(): void {
    if (this.trace.meta.samples.length === 0) return;
    const wanted = this.bands.map((band) => band.wantedHeight());
    const scrolls = getComputedStyle(this.timeline).overflowY === "auto";
    const room = scrolls ? this.timeline.clientHeight - this.head.offsetHeight - this.course.root.offsetHeight - this.bands.length : 0;
    const fixed = this.bands.reduce((all, band, k) => all + (band.stretches ? 0 : wanted[k]), 0);
    const elastic = this.bands.reduce((all, band, k) => all + (band.stretches ? wanted[k] : 0), 0);
    const factor = elastic > 0 ? Math.min(Math.max((room - fixed) / elastic, scrolls ? 0.62 : 1), 3) : 1;
    let below = this.head.offsetHeight;
    this.bands.forEach((band, k) => (band.canvas.style.height = `${Math.max(Math.floor(wanted[k] * (band.stretches ? factor : 1)), 70)}px`));
    for (const band of this.bands) band.root.style.top = "";
    for (const p of this.state.pinned) {
      this.bands[p].root.style.top = `${below}px`;
      below += this.bands[p].root.offsetHeight;
    }
    this.draw();
  }

  // The population whose band has the focus.
  private focused(): number | null {
    const band = document.activeElement?.closest<HTMLElement>("[data-population]");
    return band ? Number(band.dataset.population) : null;
  }

  // To the selected neuron's next or previous spike; without a tick, to its first or last. With no
  // neuron selected, to the first spike in view: of the band that has the focus, else of any.
  step(direction: 1 | -1): void {
    const { selection } = this.state;
    if (selection.kind !== "neuron") {
      this.selectFirst();
      return;
    }
    const stream = this.data?.streams?.[selection.population];
    if (!stream) return;
    const ticks = ticksOf(stream, selection.neuron);
    const { tick } = selection;
    const next = direction > 0 ? ticks.find((t) => tick === null || t > tick) : ticks.findLast((t) => tick === null || t < tick);
    if (next !== undefined) this.goTo(selection.population, selection.neuron, next);
    else announce(direction > 0 ? "No later spike" : "No earlier spike");
  }

  private selectFirst(): void {
    const [from, until] = this.view.target;
    const focused = this.focused();
    for (const population of focused === null ? this.bands.map((band) => band.population) : [focused]) {
      const stream = this.data?.streams?.[population];
      const k = stream ? firstAt(stream, from) : 0;
      if (stream && k < stream.ticks.length && stream.ticks[k] < until) {
        this.goTo(population, stream.neurons[k], stream.ticks[k]);
        return;
      }
    }
  }

  // All ticks in view as an area: of the band that has the focus, and its neurons in view, else of all.
  selectView(): void {
    const { meta } = this.trace;
    const [from, until] = this.view.target;
    const focused = this.focused();
    this.select({
      kind: "area",
      from: Math.floor(from),
      until: Math.min(Math.ceil(until), meta.until),
      populations: focused === null ? meta.populations.map((_, p) => p) : [focused],
      neurons: (focused !== null && this.state.rows.get(focused)) || null,
    });
  }

  stepNeuron(direction: 1 | -1): void {
    const { selection } = this.state;
    if (selection.kind !== "neuron") return;
    const neuron = selection.neuron + direction;
    if (neuron >= 0 && neuron < this.trace.meta.populations[selection.population].neurons) this.goTo(selection.population, neuron, selection.tick);
  }

  // The selected neuron's or area's population, else that of the band that has the focus.
  pinSelected(): void {
    const { selection } = this.state;
    const population = this.focused() ?? (selection.kind === "neuron" ? selection.population : selection.kind === "area" ? selection.populations[0] : undefined);
    if (population !== undefined) this.togglePin(population);
  }

  // The selected area, or all if it is in view already or there is none.
  fit(): void {
    const { selection } = this.state;
    const [from, until] = this.view.target;
    if (selection.kind === "area" && (selection.from !== from || selection.until !== until)) {
      this.view.show(selection.from, selection.until);
      if (selection.neurons) this.setRows(selection.populations[0], selection.neurons);
      return;
    }
    this.state.rows.clear();
    this.bands.forEach((band) => band.refresh());
    this.view.fit();
  }

  clear(): void {
    this.select({ kind: "none" });
  }

  copyLink(): void {
    this.share();
    flushFragment();
    void copyText(location.href).then((done) => announce(done ? "Link copied" : "The link is in the address bar"));
  }

  draw(): void {
    this.frame ||= requestAnimationFrame((now) => {
      this.frame = 0;
      if (this.view.advance(now)) this.draw();
      this.drawNow();
    });
  }

  private drawNow(): void {
    if (this.trace.meta.samples.length === 0) return;
    if (this.axisSurface.fit()) drawTimeAxis(this.axisSurface.begin(), timeAxis(this, this.axisSurface.width), axisHeight, colours());
    this.overview.draw();
    for (const band of this.bands) {
      const box = band.canvas.getBoundingClientRect();
      if (box.bottom > -200 && box.top < innerHeight + 200) band.draw();
    }
    this.course.draw();
    this.share();
  }

  // Scrolling brings bands into view that were not drawn.
  watchScrolling(): void {
    const redraw = (): void => this.draw();
    this.timeline.addEventListener("scroll", redraw, { passive: true });
    addEventListener("scroll", redraw, { passive: true });
    addEventListener("beforeprint", () => {
      this.layout();
      this.drawNow();
    });
  }
}
