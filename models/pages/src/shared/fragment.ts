// A page's state in its address, behind the #: "s=12&spike=hidden[37]@5". A link restores it.

// Percent-encodes only what would end a part or is unsafe in running text.
function guarded(text: string): string {
  return text.replace(/[%&#=+\s"'<>`\\^{}|\u0000-\u001f\u007f]/g, (character) =>
    [...new TextEncoder().encode(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
  );
}

export function writeFragment(parts: Record<string, string | null>): string {
  const texts = Object.entries(parts)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${guarded(value!)}`);
  return texts.length > 0 ? `#${texts.join("&")}` : "";
}

export function readFragment(text: string): Map<string, string> {
  const parts = new Map<string, string>();
  for (const part of text.replace(/^#/, "").split("&")) {
    const at = part.indexOf("=");
    if (at < 1) continue;
    try {
      parts.set(part.slice(0, at), decodeURIComponent(part.slice(at + 1)));
    } catch {
      // a broken escape: the part is passed over
    }
  }
  return parts;
}

// Browsers limit how often an address may change: the last of a quick row of changes counts.
let pending: number | undefined;
let waiting: string | null = null;

export function showFragment(text: string): void {
  waiting = text;
  if (pending !== undefined) return;
  pending = window.setTimeout(() => flushFragment(), 150);
}

export function flushFragment(): void {
  window.clearTimeout(pending);
  pending = undefined;
  if (waiting !== null && waiting !== location.hash) {
    history.replaceState(null, "", waiting === "" ? location.href.replace(/#.*/, "") : waiting);
  }
  waiting = null;
}
