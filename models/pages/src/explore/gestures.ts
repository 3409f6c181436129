// Mouse, pen and fingers on the bands: drag selects, wheel zooms and pans, two fingers pinch.
import { xToTime } from "../shared/axis";
import { el } from "../shared/dom";
import type { Band } from "./band";
import { timeAxis, type Page } from "./page";

const slack = 4; // pixels that a click may move

export class Gestures {
  private readonly hint = el("div", { class: "pointer-hint", hidden: true });
  private readonly fingers = new Map<number, number>(); // pointer to x
  private moved = 0;

  constructor(
    private readonly page: Page,
    private readonly timeline: HTMLElement,
    private readonly bands: Band[],
  ) {
    document.body.append(this.hint);
    timeline.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    for (const band of bands) {
      const { canvas } = band;
      canvas.addEventListener("pointerdown", (event) => (event.pointerType === "touch" ? this.touch(band, event) : this.drag(band, event)));
      canvas.addEventListener("pointermove", (event) => this.hover(band, event));
      canvas.addEventListener("pointerleave", () => (this.hint.hidden = true));
    }
  }

  private point(band: Band, event: { clientX: number; clientY: number }): [number, number] {
    const box = band.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  private tickAt(band: Band, x: number): number {
    return xToTime(timeAxis(this.page, band.canvas.clientWidth), x);
  }

  // Ctrl: zooms about the pointer; Shift or sideways: pans; Alt: zooms the band's neurons. Without
  // them the page scrolls, except over the time axis and the overview, where it zooms.
  private wheel(event: WheelEvent): void {
    const target = event.target as Element;
    const head = target.closest(".timeline-head") !== null;
    const band = this.bands.find((candidate) => candidate.canvas === target);
    const step = event.deltaMode === 1 ? 16 : 1;
    const down = event.deltaY * step;
    const aside = event.deltaX * step;
    if (event.altKey && band) {
      band.zoomRows(1.0015 ** down, this.point(band, event)[1]);
    } else if (event.ctrlKey || event.metaKey || (head && aside === 0 && !event.shiftKey)) {
      const first = this.bands[0];
      if (!first) return;
      this.page.view.zoom(1.0018 ** down, this.tickAt(first, this.point(first, event)[0]), true);
    } else if (event.shiftKey || Math.abs(aside) > Math.abs(down)) {
      this.page.view.pan((event.shiftKey ? down || aside : aside) / 900, true);
    } else {
      return;
    }
    event.preventDefault();
  }

  private drag(band: Band, down: PointerEvent): void {
    if (down.button !== 0) return;
    const { canvas } = band;
    const [x0, y0] = this.point(band, down);
    let dragging = false;
    canvas.setPointerCapture(down.pointerId);
    const move = (event: PointerEvent): void => {
      const [x, y] = this.point(band, event);
      dragging ||= Math.hypot(x - x0, y - y0) > slack;
      if (dragging) this.selectArea(band, x0, y0, x, y, event.clientY);
    };
    const end = (event: PointerEvent): void => {
      canvas.removeEventListener("pointermove", move);
      canvas.removeEventListener("pointerup", end);
      canvas.removeEventListener("pointercancel", end);
      if (!dragging && event.type === "pointerup") this.pick(band, x0, y0);
    };
    canvas.addEventListener("pointermove", move);
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
  }

  private pick(band: Band, x: number, y: number): void {
    const hit = band.hit(x, y);
    this.page.select(hit ? { kind: "neuron", population: band.population, neuron: hit.neuron, tick: hit.tick } : { kind: "none" });
  }

  // Whole ticks; within one band the neurons dragged over, across bands all of theirs.
  private selectArea(band: Band, x0: number, y0: number, x: number, y: number, clientY: number): void {
    const { meta } = this.page.trace;
    const low = Math.min(this.tickAt(band, x0), this.tickAt(band, x));
    const high = Math.max(this.tickAt(band, x0), this.tickAt(band, x));
    const from = Math.min(Math.max(Math.floor(low), meta.from), meta.until - 1);
    const until = Math.min(Math.max(Math.ceil(high), from + 1), meta.until);
    const start = band.canvas.getBoundingClientRect().top + y0;
    const top = Math.min(start, clientY);
    const bottom = Math.max(start, clientY);
    const covered = this.bands.filter((candidate) => {
      const box = candidate.canvas.getBoundingClientRect();
      return box.top < bottom && box.bottom > top && !candidate.root.hidden;
    });
    const alone = covered.length <= 1;
    const populations = alone ? [band.population] : covered.map((candidate) => candidate.population).sort((a, b) => a - b);
    this.page.select({ kind: "area", from, until, populations, neurons: alone ? band.rowsBetween(y0, y) : null });
  }

  // One finger pans, two zoom, a tap selects; up and down scrolls the page.
  private touch(band: Band, down: PointerEvent): void {
    const { canvas } = band;
    this.fingers.set(down.pointerId, down.clientX);
    this.moved = this.fingers.size > 1 ? Infinity : 0;
    canvas.setPointerCapture(down.pointerId);
    const move = (event: PointerEvent): void => {
      if (event.pointerId !== down.pointerId) return;
      const before = [...this.fingers.values()];
      const x = this.fingers.get(event.pointerId)!;
      this.fingers.set(event.pointerId, event.clientX);
      const after = [...this.fingers.values()];
      this.moved += Math.abs(event.clientX - x);
      if (after.length === 1 && this.moved > slack) {
        this.page.view.pan((x - event.clientX) / canvas.clientWidth, true);
      } else if (after.length === 2) {
        const left = canvas.getBoundingClientRect().left;
        const factor = Math.max(Math.abs(before[0] - before[1]), 8) / Math.max(Math.abs(after[0] - after[1]), 8);
        this.page.view.zoom(factor, this.tickAt(band, (after[0] + after[1]) / 2 - left), true);
      }
    };
    const end = (event: PointerEvent): void => {
      if (event.pointerId !== down.pointerId) return;
      this.fingers.delete(event.pointerId);
      canvas.removeEventListener("pointermove", move);
      canvas.removeEventListener("pointerup", end);
      canvas.removeEventListener("pointercancel", end);
      if (event.type === "pointerup" && this.moved <= slack) this.pick(band, ...this.point(band, event));
    };
    canvas.addEventListener("pointermove", move);
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
  }

  private hover(band: Band, event: PointerEvent): void {
    if (event.pointerType === "touch" || event.buttons !== 0) {
      this.hint.hidden = true;
      return;
    }
    const hit = band.hit(...this.point(band, event));
    this.timeline.style.setProperty("cursor", hit?.spike ? "pointer" : "");
    this.hint.hidden = hit === null;
    if (!hit) return;
    this.hint.textContent = band.hintText(hit);
    this.hint.classList.toggle("on-spike", hit.spike);
    const width = this.hint.offsetWidth;
    this.hint.style.left = `${Math.min(event.clientX + 14, innerWidth - width - 8)}px`;
    this.hint.style.top = `${event.clientY + 16}px`;
  }
}
