// Keys and what they do, in one list: it runs them and it is the help that `?` shows.
import { el, fill } from "./dom";

export interface Binding {
  keys: string[]; // as KeyboardEvent.key gives them, "Ctrl+" in front where it is held
  shown: string; // as the help shows them
  help: string;
  group: string;
  run?: () => void; // none: a gesture of the mouse, for the help alone
}

export class Keys {
  private readonly bindings: Binding[] = [];
  private readonly byKey = new Map<string, Binding>();
  private readonly dialog = el("dialog", { class: "dialog", "aria-label": "Keys and gestures" });

  constructor() {
    document.body.append(this.dialog);
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) this.dialog.close();
    });
    addEventListener("keydown", (event) => this.press(event));
  }

  add(...bindings: Binding[]): void {
    for (const binding of bindings) {
      this.bindings.push(binding);
      for (const key of binding.keys) this.byKey.set(key, binding);
    }
  }

  private press(event: KeyboardEvent): void {
    if (event.altKey || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const target = event.target;
    if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const binding = this.byKey.get(event.ctrlKey || event.metaKey ? `Ctrl+${key}` : key);
    if (!binding?.run) return;
    event.preventDefault();
    binding.run();
  }

  showHelp(): void {
    const groups = [...new Set(this.bindings.map((binding) => binding.group))];
    const close = el("button", { type: "button", class: "button", onclick: () => this.dialog.close() }, "Close");
    fill(
      this.dialog,
      el("div", { class: "dialog-head" }, el("h2", {}, "Keys and gestures"), close),
      el(
        "div",
        { class: "key-groups" },
        ...groups.map((group) =>
          el(
            "section",
            {},
            el("h3", {}, group),
            el(
              "dl",
              { class: "keys" },
              ...this.bindings
                .filter((binding) => binding.group === group)
                .flatMap((binding) => [
                  el("dt", {}, ...binding.shown.split(" ").map((part) => el("kbd", {}, part))),
                  el("dd", {}, binding.help),
                ]),
            ),
          ),
        ),
      ),
    );
    this.dialog.showModal();
    close.focus();
  }
}
