// A table of numbers: names to the left, numbers to the right, one caption.
import { el, type Child } from "./dom";

export interface Column {
  title: string;
  hint?: string;
  numeric?: boolean;
}

export function table(caption: string, columns: Column[], rows: Child[][]): HTMLTableElement {
  const align = (column: Column): string | null => (column.numeric ? "number" : null);
  return el(
    "table",
    { class: "table" },
    el("caption", { class: "unseen" }, caption),
    el("thead", {}, el("tr", {}, ...columns.map((column) => el("th", { scope: "col", class: align(column), title: column.hint }, column.title)))),
    el(
      "tbody",
      {},
      ...rows.map((cells) =>
        el("tr", {}, ...cells.map((cell, k) => (k === 0 ? el("th", { scope: "row" }, cell) : el("td", { class: align(columns[k]) }, cell)))),
      ),
    ),
  );
}

// Name and value pairs.
export function facts(...pairs: [string, Child][]): HTMLDListElement {
  return el("dl", { class: "facts" }, ...pairs.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}
