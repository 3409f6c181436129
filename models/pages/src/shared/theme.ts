// Light and dark: the system's choice until the reader makes one, which this browser remembers.
// Canvases take their colours from the style's variables, so that a page has one palette.

export interface Palette {
  ink: string;
  soft: string;
  faint: string;
  paper: string;
  line: string;
  grid: string;
  accent: string;
  select: string;
  bad: string;
  encoder: string;
  neurons: string;
  pool: string;
  read: string;
}

const storageKey = "saltus-theme";
const darkSystem = matchMedia("(prefers-color-scheme: dark)");
const followers: (() => void)[] = [];

function stored(): string | null {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null; // a browser may forbid it to files
  }
}

export function isDark(): boolean {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : darkSystem.matches;
}

let palette: Palette | null = null;

export function colours(): Palette {
  if (!palette) {
    const style = getComputedStyle(document.documentElement);
    const names: (keyof Palette)[] = [
      "ink", "soft", "faint", "paper", "line", "grid", "accent", "select", "bad", "encoder", "neurons", "pool", "read",
    ];
    palette = Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()])) as unknown as Palette;
  }
  return palette;
}

// "#RRGGBB" as three bytes.
export function rgb(colour: string): [number, number, number] {
  const number = Number.parseInt(colour.slice(1), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}

function changed(): void {
  palette = null;
  for (const follow of followers) follow();
}

export function onThemeChange(follow: () => void): void {
  followers.push(follow);
}

export function toggleTheme(): void {
  const next = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem(storageKey, next);
  } catch {
    // the choice then lasts as long as the page
  }
  changed();
}

export function startTheme(): void {
  const chosen = stored();
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  darkSystem.addEventListener("change", changed);
  // Paper is white: what is printed is drawn in the light palette.
  let before: string | undefined;
  addEventListener("beforeprint", () => {
    before = document.documentElement.dataset.theme;
    document.documentElement.dataset.theme = "light";
    changed();
  });
  addEventListener("afterprint", () => {
    if (before) document.documentElement.dataset.theme = before;
    else delete document.documentElement.dataset.theme;
    changed();
  });
}
