// Elements, built without markup: text stays text, whatever it holds.

export type Child = Node | string | number | null | undefined | false;
type Value = string | number | boolean | null | undefined | ((event: never) => void);

function apply(node: Element, attributes: Record<string, Value>, children: Child[]): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") {
      node.addEventListener(name.replace(/^on/, ""), value as EventListener);
    } else {
      node.setAttribute(name, value === true ? "" : String(value));
    }
  }
  node.append(...children.filter(isThere).map((child) => (child instanceof Node ? child : String(child))));
}

function isThere(child: Child): child is Node | string | number {
  return child !== null && child !== undefined && child !== false;
}

// el("p", { class: "note", onclick: go }, "text", other)
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, Value> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  apply(node, attributes, children);
  return node;
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Record<string, Value> = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  apply(node, attributes, children);
  return node;
}

export function fill(node: Element, ...children: Child[]): void {
  node.replaceChildren(...children.filter(isThere).map((child) => (child instanceof Node ? child : String(child))));
}

// A button of text, with its key as a hint to those who hover or listen.
export function button(label: string, title: string, run: () => void, className = "button"): HTMLButtonElement {
  return el("button", { type: "button", class: className, title, onclick: run }, label);
}

// Says a sentence to screen readers.
const listener = el("div", { class: "unseen", role: "status", "aria-live": "polite" });
export function announce(text: string): void {
  if (!listener.isConnected) document.body.append(listener);
  listener.textContent = text;
}
