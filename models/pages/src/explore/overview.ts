// The whole window at a glance: a strip a population, dark where many fire, and what is in view.
import { timeToX, xToTime, type TimeAxis } from "../shared/axis";
import { el } from "../shared/dom";
import { Surface } from "../shared/surface";
import { colours } from "../shared/theme";
import { colourOf, gutter, margin, type Page } from "./page";

export class Overview {
  readonly root: HTMLElement;
  private readonly canvas = el("canvas", { class: "plot", role: "img", "aria-label": "Overview of the whole time: drag to choose what is in view" });
  private readonly surface: Surface;
  private readonly kept = document.createElement("canvas");
  private keptFor = "";

  constructor(private readonly page: Page) {
    const strips = page.trace.meta.populations.length;
    const height = Math.min(Math.max(strips * 9, 22), 84);
    this.canvas.style.height = `${height + 8}px`;
    this.root = el("section", { class: "row overview", "aria-label": "Overview" }, el("div", { class: "name" }, el("span", { class: "quiet" }, "Overview")), this.canvas);
    this.surface = new Surface(this.canvas, () => page.draw());
    this.canvas.addEventListener("pointerdown", (event) => this.drag(event));
  }

  private axis(): TimeAxis {
    const { from, until, tickSeconds } = this.page.trace.meta;
    return { from, until, left: gutter, right: Math.max(this.surface.width - margin, gutter + 1), tickSeconds };
  }

  draw(): void {
    if (!this.surface.fit()) return;
    const context = this.surface.begin();
    const palette = colours();
    const axis = this.axis();
    const height = this.surface.height - 8;
    this.drawStrips(axis, height);
    const left = timeToX(axis, this.page.view.from);
    const right = timeToX(axis, this.page.view.until);
    context.fillStyle = palette.paper;
    context.globalAlpha = 0.62;
    context.fillRect(axis.left, 4, left - axis.left, height);
    context.fillRect(right, 4, axis.right - right, height);
    context.globalAlpha = 1;
    context.strokeStyle = palette.ink;
    context.lineWidth = 1.5;
    context.strokeRect(left, 2.5, right - left, height + 3);
  }

  // The strips change with the sample, the theme and the size alone: kept as a picture.
  private drawStrips(axis: TimeAxis, height: number): void {
    const { canvas, context: screen, ratio } = this.surface;
    const palette = colours();
    const key = [this.page.state.sample, canvas.width, canvas.height, palette.paper].join();
    if (key !== this.keptFor) {
      this.kept.width = canvas.width;
      this.kept.height = canvas.height;
      const context = this.kept.getContext("2d")!;
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      this.paintStrips(context, axis, height);
      this.keptFor = key;
    }
    screen.save();
    screen.setTransform(1, 0, 0, 1, 0, 0);
    screen.drawImage(this.kept, 0, 0);
    screen.restore();
  }

  private paintStrips(context: CanvasRenderingContext2D, axis: TimeAxis, height: number): void {
    const palette = colours();
    const { meta } = this.page.trace;
    const strip = height / Math.max(meta.populations.length, 1);
    meta.populations.forEach((population, p) => {
      const top = 4 + p * strip;
      context.fillStyle = palette.grid;
      context.fillRect(axis.left, top + 0.5, axis.right - axis.left, Math.max(strip - 1.5, 1));
      const counts = this.page.trace.density(this.page.state.sample, p);
      const most = counts.reduce((a, b) => Math.max(a, b), 1);
      context.fillStyle = colourOf(population);
      counts.forEach((count, bin) => {
        if (count === 0) return;
        const left = timeToX(axis, meta.from + bin * meta.ticksPerBin);
        const right = timeToX(axis, Math.min(meta.from + (bin + 1) * meta.ticksPerBin, meta.until));
        context.globalAlpha = 0.2 + 0.8 * (count / most);
        context.fillRect(left, top + 0.5, right - left, Math.max(strip - 1.5, 1));
      });
      context.globalAlpha = 1;
    });
  }

  // Within the frame: moves it. At an edge: moves the edge. Elsewhere: a new frame.
  private drag(down: PointerEvent): void {
    if (down.button !== 0) return;
    const { view } = this.page;
    const axis = this.axis();
    const at = (event: PointerEvent): number => xToTime(axis, event.clientX - this.canvas.getBoundingClientRect().left);
    const start = at(down);
    const [from, until] = view.target;
    const near = (tick: number): boolean => Math.abs(timeToX(axis, tick) - timeToX(axis, start)) < 7;
    const whole = from === axis.from && until === axis.until;
    const how = near(from) && !whole ? "from" : near(until) && !whole ? "until" : start > from && start < until && !whole ? "move" : "new";
    const move = (event: PointerEvent): void => {
      const tick = at(event);
      if (how === "move") view.show(from + tick - start, until + tick - start, true);
      else if (how === "from") view.show(Math.min(tick, until - 1), until, true);
      else if (how === "until") view.show(from, Math.max(tick, from + 1), true);
      else if (Math.abs(timeToX(axis, tick) - timeToX(axis, start)) > 4) view.show(Math.min(start, tick), Math.max(start, tick), true);
    };
    this.canvas.setPointerCapture(down.pointerId);
    this.canvas.addEventListener("pointermove", move);
    const end = (): void => this.canvas.removeEventListener("pointermove", move);
    this.canvas.addEventListener("pointerup", end, { once: true });
    this.canvas.addEventListener("pointercancel", end, { once: true });
  }
}
