// A finder: type, choose by arrows, Enter goes there. What is found is the page's business.
import { el, fill } from "./dom";

export interface Found {
  title: string;
  detail: string;
  go: () => void;
}

export class Finder {
  private readonly input = el("input", {
    type: "text",
    class: "finder-input",
    role: "combobox",
    "aria-expanded": "true",
    "aria-controls": "finder-list",
    "aria-autocomplete": "list",
    autocomplete: "off",
    spellcheck: "false",
  });
  private readonly list = el("ul", { id: "finder-list", class: "finder-list", role: "listbox", "aria-label": "Found" });
  private readonly dialog: HTMLDialogElement;
  private found: Found[] = [];
  private chosen = 0;

  constructor(
    placeholder: string,
    private readonly search: (query: string) => Found[],
  ) {
    this.input.placeholder = placeholder;
    this.input.setAttribute("aria-label", placeholder);
    this.dialog = el("dialog", { class: "dialog finder", "aria-label": "Find" }, this.input, this.list);
    document.body.append(this.dialog);
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) this.dialog.close();
    });
    this.input.addEventListener("input", () => this.refresh());
    this.input.addEventListener("keydown", (event) => this.press(event));
  }

  open(): void {
    this.input.value = "";
    this.dialog.showModal();
    this.refresh();
    this.input.focus();
  }

  private refresh(): void {
    this.found = this.search(this.input.value.trim());
    this.chosen = 0;
    if (this.found.length === 0) {
      fill(this.list, el("li", { class: "finder-none" }, "Nothing of that name"));
      this.input.removeAttribute("aria-activedescendant");
      return;
    }
    fill(
      this.list,
      ...this.found.map((item, k) =>
        el(
          "li",
          { role: "option", id: `found-${k}`, onclick: () => this.take(k) },
          el("span", { class: "finder-title" }, item.title),
          el("span", { class: "finder-detail" }, item.detail),
        ),
      ),
    );
    this.mark();
  }

  private mark(): void {
    [...this.list.children].forEach((item, k) => item.setAttribute("aria-selected", String(k === this.chosen)));
    this.input.setAttribute("aria-activedescendant", `found-${this.chosen}`);
    this.list.children[this.chosen]?.scrollIntoView({ block: "nearest" });
  }

  private press(event: KeyboardEvent): void {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0 && this.found.length > 0) {
      this.chosen = (this.chosen + step + this.found.length) % this.found.length;
      this.mark();
    } else if (event.key === "Enter" && this.found.length > 0) {
      this.take(this.chosen);
    } else {
      return;
    }
    event.preventDefault();
  }

  private take(place: number): void {
    this.dialog.close();
    this.found[place].go();
  }
}
