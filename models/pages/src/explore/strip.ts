// The samples, wrong ones first, then from the smallest margin on.
import { el, fill } from "../shared/dom";
import { counted, grouped, plain } from "../shared/format";
import type { SampleInfo } from "./data";
import type { Page } from "./page";

export function answerText(sample: SampleInfo): string {
  const result = sample.readouts[0];
  if (!result) return sample.label === null ? "no readout" : `label ${sample.label}`;
  if (sample.label === null) return `predicted ${result.prediction}, no label`;
  return sample.wrong ? `label ${sample.label}, predicted ${result.prediction}` : `${sample.label}, right`;
}

function shortAnswer(sample: SampleInfo): string {
  const result = sample.readouts[0];
  if (!result) return sample.label === null ? "\u2013" : String(sample.label);
  return sample.wrong ? `${sample.label}\u2009\u2192\u2009${result.prediction}` : String(result.prediction);
}

// A sample's input, each value a pixel, larger by whole factors where it fits.
export function thumbnailCanvas(page: Page, place: number, className: string): HTMLCanvasElement {
  const { channels, height, width } = page.trace.meta.thumbnail;
  const canvas = el("canvas", { class: className, width, height, "aria-hidden": "true" });
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(width, height);
  const values = page.trace.thumbnail(place);
  for (let at = 0; at < width * height; ++at) {
    for (let c = 0; c < 3; ++c) image.data[4 * at + c] = values[(channels === 3 ? c : 0) * width * height + at];
    image.data[4 * at + 3] = 255;
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

export class Strip {
  readonly root = el("nav", { class: "strip", "aria-label": "Samples" });
  private readonly cards: HTMLButtonElement[] = [];
  private shown = -1;

  constructor(private readonly page: Page) {
    const { samples, totals } = page.trace.meta;
    const wrong = samples.filter((sample) => sample.wrong).length;
    const groups: [string, string, number, number][] = [];
    const detail = samples.some((sample) => sample.margin !== null) ? "by margin" : "";
    if (wrong > 0) groups.push([counted(wrong, "wrong", "wrong"), detail, 0, wrong]);
    if (samples.length > wrong) {
      const left = totals.samples - samples.length;
      const others = samples.slice(wrong);
      const labelled = others.filter((sample) => sample.label !== null && sample.readouts.length > 0).length;
      const title = labelled === others.length ? `${grouped(labelled)} right` : labelled === 0 && wrong === 0 ? counted(others.length, "sample") : counted(others.length, "other");
      groups.push([title, left > 0 ? `${grouped(left)} left out` : detail, wrong, samples.length]);
    }
    fill(
      this.root,
      ...groups.map(([title, words, from, until]) =>
        el(
          "section",
          { class: "strip-group", "aria-label": title },
          el("div", { class: "strip-head" }, el("b", {}, title), el("span", {}, words)),
          el("ol", {}, ...samples.slice(from, until).map((sample, k) => el("li", {}, this.card(sample, from + k)))),
        ),
      ),
    );
  }

  private card(sample: SampleInfo, place: number): HTMLButtonElement {
    const margin = sample.margin === null ? "" : `, margin ${plain(sample.margin)}`;
    const words = `Sample ${sample.number}: ${answerText(sample)}${margin}, ${counted(sample.spikes.reduce((a, b) => a + b, 0), "spike")}${sample.hasSpikes ? "" : ", density only"}`;
    const card = el(
      "button",
      { type: "button", class: `card${sample.wrong ? " wrong" : ""}${sample.hasSpikes ? "" : " thin"}`, title: words, "aria-label": words, onclick: () => this.page.goToSample(place) },
      this.page.trace.hasThumbnails() && thumbnailCanvas(this.page, place, "thumb"),
      el("span", { class: "card-words" }, el("b", {}, shortAnswer(sample)), el("span", {}, `#${sample.number}`)),
    );
    this.cards.push(card);
    return card;
  }

  refresh(): void {
    const { sample } = this.page.state;
    if (sample === this.shown) return;
    this.cards[this.shown]?.removeAttribute("aria-current");
    this.cards[sample]?.setAttribute("aria-current", "true");
    const card = this.cards[sample];
    if (card) {
      const box = card.getBoundingClientRect();
      const frame = this.root.getBoundingClientRect();
      if (box.left < frame.left + 40 || box.right > frame.right - 40) this.root.scrollLeft += box.left - frame.left - frame.width / 2;
    }
    this.shown = sample;
  }
}
