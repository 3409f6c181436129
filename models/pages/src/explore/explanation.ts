// A membrane as the sum it is: every summand a bar that starts where the one before ended, largest
// first, up to the membrane, with the threshold across.
import { el, type Child } from "../shared/dom";
import { counted, exact, plain, signed } from "../shared/format";
import { neuronText, spikeText } from "./address";
import type { Explanation, Term, TermKind } from "./data";
import type { Page } from "./page";

const shownTerms = 12;

// What a summand is, where it is no spike of another neuron.
const kindWords: Record<TermKind, string> = {
  spike: "spikes",
  drive: "held values",
  bias: "bias",
  initial: "initial membrane",
  rest: "rest",
  leak: "leak",
  reset: "own resets",
};

interface Step {
  words: Child;
  value: number;
  kind: TermKind | "others" | "rounding";
}

export function explanationFor(page: Page, population: number, neuron: number, tick: number): Explanation | null {
  return page.data?.explanations.find((e) => e.population === population && e.neuron === neuron && e.tick === tick) ?? null;
}

// "0.13 above the threshold of 1", "0.31 was missing to the threshold of 1"
function verdict(explanation: Explanation): string {
  const { membrane, threshold, fired, strictly, notTested } = explanation;
  const lead = membrane - threshold;
  const rule = `threshold ${exact(threshold)}`;
  if (fired) return lead === 0 ? `exactly at the ${rule}` : `${plain(lead)} above the ${rule}`;
  if (notTested) return `not tested at this tick: ${notTested}`;
  if (strictly && lead === 0) return `exactly at the ${rule}; it fires only above it`;
  return `${plain(-lead)} was missing to the ${rule}`;
}

function termWords(page: Page, term: Term): Child {
  if ((term.kind === "spike" || term.kind === "drive") && term.population !== null) {
    const spec = page.trace.meta.populations[term.population];
    const { population, neuron, tick } = term;
    const text = tick === null ? `${neuronText(spec, neuron)} held` : spikeText(spec, neuron, tick);
    return el("button", { type: "button", class: "link address", title: text, onclick: () => page.goTo(population, neuron, tick) }, text);
  }
  if (term.kind === "spike" || term.kind === "drive") return `other ${kindWords[term.kind]}`;
  if (term.kind === "reset" && term.tick !== null) return `own reset, fired at ${term.tick}`;
  return kindWords[term.kind];
}

function stepsOf(page: Page, explanation: Explanation, all: boolean): Step[] {
  const terms = [...explanation.terms].sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  const few = all || terms.length <= shownTerms + 1 ? terms : terms.slice(0, shownTerms);
  const rest = terms.slice(few.length);
  const steps: Step[] = few.map((term) => ({ words: termWords(page, term), value: term.value, kind: term.kind }));
  if (rest.length > 0) steps.push({ words: counted(rest.length, "smaller one"), value: sum(rest.map((term) => term.value)), kind: "others" });
  if (explanation.residue !== 0) steps.push({ words: "float32 rounding", value: explanation.residue, kind: "rounding" });
  return steps;
}

function sum(values: number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

function waterfall(steps: Step[], explanation: Explanation): HTMLElement {
  const { membrane, threshold } = explanation;
  let low = Math.min(0, membrane, threshold);
  let high = Math.max(0, membrane, threshold);
  let at = 0;
  const spans = steps.map((step) => {
    const from = at;
    at += step.value;
    low = Math.min(low, at);
    high = Math.max(high, at);
    return [from, at];
  });
  const room = (high - low || 1) * 1.04;
  const place = (value: number): number => (100 * (value - low)) / room;
  const bar = (from: number, until: number, className: string): HTMLElement =>
    el("span", { class: `fall-bar ${className}`, style: `left:${Math.min(place(from), place(until))}%;width:${Math.max(Math.abs(place(until) - place(from)), 0.6)}%` });
  const line = el("span", { class: "fall-threshold", style: `left:${place(threshold)}%` });
  const row = (words: Child, value: string, mark: HTMLElement, className = ""): HTMLElement =>
    el("li", { class: `fall-row ${className}` }, el("span", { class: "fall-words" }, words), el("span", { class: "fall-track" }, line.cloneNode(), mark), el("span", { class: "fall-value" }, value));
  return el(
    "ol",
    { class: "fall", "aria-label": "What the membrane is made of, largest first" },
    ...steps.map((step, k) => row(step.words, signed(step.value), bar(spans[k][0], spans[k][1], step.value < 0 ? "down" : "up"))),
    row("membrane", plain(membrane), bar(0, membrane, explanation.fired ? "total fired" : "total"), "fall-total"),
    el("li", { class: "fall-row fall-legend" }, el("span", { class: "fall-words" }, "threshold"), el("span", { class: "fall-track" }, line), el("span", { class: "fall-value" }, exact(threshold))),
  );
}

// Sums by kind, of those that are there.
function totals(explanation: Explanation): HTMLElement {
  const kinds = [...new Set(explanation.terms.map((term) => term.kind))];
  const parts = kinds.map((kind) => {
    const values = explanation.terms.filter((term) => term.kind === kind).map((term) => term.value);
    return el("li", {}, el("b", {}, signed(sum(values))), ` ${kind === "spike" ? counted(values.length, "spike") : kindWords[kind]}`);
  });
  return el("ul", { class: "sums" }, ...parts, el("li", {}, "= ", el("b", {}, plain(explanation.membrane)), " membrane"));
}

export function explanationView(page: Page, explanation: Explanation): HTMLElement {
  const holder = el("div", { class: "fall-holder" });
  const show = (all: boolean): void => {
    const steps = stepsOf(page, explanation, all);
    const more = explanation.terms.length > steps.length && !all;
    holder.replaceChildren(waterfall(steps, explanation), ...(more ? [el("button", { type: "button", class: "link", onclick: () => show(true) }, `Show all ${explanation.terms.length}`)] : []));
  };
  show(false);
  return el("div", { class: "explanation" }, el("p", { class: "verdict" }, `Membrane ${plain(explanation.membrane)}: ${verdict(explanation)}.`), totals(explanation), holder);
}
