// Numbers and units as people read them.
import { format } from "d3-format";

const thin = "\u2009";

// 1234567 as 1 234 567, with thin spaces.
export function grouped(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+(?!\d))/g, thin);
}

// "1 spike", "2 spikes"
export function counted(value: number, noun: string, plural = `${noun}s`): string {
  return `${grouped(value)}${"\u00a0"}${value === 1 ? noun : plural}`;
}

// "1 of 4 samples"
export function outOf(part: number, all: number, noun: string): string {
  return part === all ? counted(all, noun) : `${grouped(part)} of ${counted(all, noun)}`;
}

const threeDigits = format(".3~r");
const small = format(".2~e");

// About three digits, never an exponent where a plain number is short.
export function plain(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return value > 0 ? "\u221e" : value < 0 ? "\u2212\u221e" : "not a number";
  const text = size >= 1000 ? grouped(size) : size >= 0.001 ? threeDigits(size) : small(size).replace("-", "\u2212");
  return (value < 0 ? "\u2212" : "") + text;
}

// With its sign, as a summand stands in a sum.
export function signed(value: number): string {
  return (value < 0 ? "" : "+") + plain(value);
}

// A float32 in full: the shortest text that reads back as the same number.
export function exact(value: number): string {
  for (let digits = 1; digits <= 9; ++digits) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === Math.fround(value)) return String(Number(text)).replace("-", "\u2212");
  }
  return String(value);
}

export function percent(share: number): string {
  const digits = share > 0 && share < 0.0995 ? 2 : 3;
  return `${format(`.${digits}~r`)(100 * share)}${thin}%`;
}

const timeUnits: [number, string][] = [
  [1, "s"],
  [1e-3, "ms"],
  [1e-6, "\u00b5s"],
  [1e-9, "ns"],
];

// The unit that suits a span of so many seconds.
export function timeUnit(seconds: number): { size: number; name: string } {
  for (const [size, name] of timeUnits) {
    if (seconds >= size * 0.9999) return { size, name };
  }
  return { size: 1e-9, name: "ns" };
}

export function timeText(seconds: number): string {
  if (seconds === 0) return `0${thin}s`;
  const unit = timeUnit(seconds);
  return `${format(".4~r")(seconds / unit.size)}${thin}${unit.name}`;
}
