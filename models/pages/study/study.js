"use strict";
// The report of a study: a plot of accuracy against a cost, a table that sorts and filters, and one point's
// settings with the command that makes it again. Data: the JSON in #study.
const data = JSON.parse(document.getElementById("study").textContent);
const byId = (id) => document.getElementById(id);
const make = (tag, text, attributes) => {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
  return node;
};

const costs = [{ name: "operations in total", of: (r) => r.operations, rival: (v) => v.macs, text: count }];
data.energy.forEach((name, k) => costs.push({ name: "joules by " + name, of: (r) => r.joules[k], rival: (v) => v.joules[k], text: joules }));
costs.push({ name: "ticks", of: (r) => r.ticks, rival: () => null, text: count });

function count(value) {
  return value >= 1e6 ? (value / 1e6).toPrecision(3) + " M" : value.toLocaleString("en", { maximumFractionDigits: value < 100 ? 2 : 0 });
}
function joules(value) {
  const units = ["J", "mJ", "uJ", "nJ", "pJ"];
  let unit = 0;
  while (value > 0 && value < 1 && unit < 4) { value *= 1000; unit += 1; }
  return Number(value.toPrecision(4)) + " " + units[unit];
}
const percent = (share) => (100 * share).toFixed(2) + " %";

let cost = costs[0];
let picked = null;
let shown = 200;
let order = { column: null, down: false };
let filter = "";

const columns = [
  ...data.paths.map((path, k) => ({ name: path, of: (r) => r.settings[k], text: (v) => String(v) })),
  { name: "accuracy", of: (r) => (r.labelled ? r.accuracy : null), text: percent },
  { name: "at 95 %", of: (r) => (r.labelled ? r.high - r.low : null), text: (v, r) => percent(r.low) + " to " + percent(r.high) },
  { name: "operations", of: (r) => r.operations, text: count },
  { name: "ACs", of: (r) => r.acs, text: count },
  { name: "MACs", of: (r) => r.macs, text: count },
  { name: "spikes", of: (r) => r.spikes, text: count },
  { name: "ticks", of: (r) => r.ticks, text: count },
  ...data.energy.map((name, k) => ({ name, of: (r) => r.joules[k], text: joules })),
];

const drawable = (r) => r.runs > 0 && r.labelled && cost.of(r) > 0;

// Those that no other row beats at this cost.
function frontOf(rows) {
  const sorted = rows.slice().sort((a, b) => cost.of(a) - cost.of(b) || b.accuracy - a.accuracy);
  let most = -1;
  return sorted.filter((r) => (r.accuracy > most ? ((most = r.accuracy), true) : false));
}

const canvas = byId("plot");
let places = [];
function draw() {
  const box = canvas.getBoundingClientRect();
  const ratio = window.devicePixelRatio || 1;
  canvas.width = box.width * ratio;
  canvas.height = box.height * ratio;
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue("--" + name).trim();
  pen.font = "12px system-ui, sans-serif";
  places = [];
  const all = data.rows.filter(drawable);
  const top1 = all.reduce((a, r) => Math.max(a, r.accuracy), 0);
  const near = all.filter((r) => r.accuracy >= top1 - 0.15);
  const rows = byId("near").checked && near.length >= 3 ? near : all;
  byId("lower").textContent = rows.length < all.length ? all.length - rows.length + " points lie lower" : "";
  if (rows.length === 0) {
    pen.fillStyle = colour("dim");
    pen.fillText("Nothing to draw: no point has an accuracy and this cost.", 12, 30);
    return;
  }
  const rivals = data.rivals.filter((v) => cost.rival(v) > 0 && (rows === all || v.accuracy >= top1 - 0.15));
  const raw = [...rows.map(cost.of), ...rivals.map(cost.rival)];
  const logarithmic = raw.reduce((a, b) => Math.max(a, b)) > 3 * raw.reduce((a, b) => Math.min(a, b));
  const along = (value) => (logarithmic ? Math.log10(value) : value);
  const xs = raw.map(along);
  const ys = [...rows, ...rivals].map((r) => 100 * r.accuracy);
  const least = (list) => list.reduce((a, b) => Math.min(a, b));
  const most = (list) => list.reduce((a, b) => Math.max(a, b));
  const left = 52, right = box.width - 14, top = 24, bottom = box.height - 40;
  const wide = Math.max(most(xs) - least(xs), logarithmic ? 0.1 : 0.001 * most(xs)), tall = Math.max(most(ys) - least(ys), 0.2);
  const x0 = least(xs) - 0.06 * wide, x1 = most(xs) + 0.06 * wide;
  const y0 = Math.max(0, least(ys) - 0.08 * tall), y1 = Math.min(100, most(ys) + 0.1 * tall);
  const x = (value) => left + ((along(value) - x0) / (x1 - x0)) * (right - left);
  const y = (share) => bottom - ((100 * share - y0) / (y1 - y0)) * (bottom - top);
  const stepOf = (range) => [1, 2, 5, 10].map((f) => f * 10 ** Math.floor(Math.log10(range / 4))).find((s) => range / s <= 5);
  const step = stepOf(y1 - y0);
  pen.strokeStyle = colour("line");
  pen.fillStyle = colour("dim");
  pen.textAlign = "right";
  for (let at = Math.ceil(y0 / step) * step; at <= y1 + 1e-9; at += step) {
    pen.beginPath(); pen.moveTo(left, y(at / 100)); pen.lineTo(right, y(at / 100)); pen.stroke();
    pen.fillText(String(Number(at.toFixed(6))), left - 6, y(at / 100) + 4);
  }
  pen.textAlign = "center";
  let last = -100;
  const ticks = [];
  if (logarithmic) {
    for (let power = Math.floor(x0); power <= x1; power += 1) {
      ticks.push(...[1, 2, 5].map((factor) => factor * 10 ** power).filter((value) => along(value) >= x0 && along(value) <= x1));
    }
  } else {
    for (let k = Math.ceil(x0 / stepOf(x1 - x0)); k * stepOf(x1 - x0) <= x1; k += 1) ticks.push(k * stepOf(x1 - x0));
  }
  for (const value of ticks) {
    pen.beginPath(); pen.moveTo(x(value), top); pen.lineTo(x(value), bottom); pen.stroke();
    if (x(value) - last > 64) { pen.fillText(cost.text(value), x(value), bottom + 16); last = x(value); }
  }
  pen.textAlign = "left"; pen.fillText("accuracy, %", left, top - 8);
  pen.textAlign = "right"; pen.fillText(cost.name + ", a sample" + (logarithmic ? " (logarithmic)" : ""), right, bottom + 33);
  const front = frontOf(rows);
  const best = new Set(front);
  pen.strokeStyle = colour("front");
  pen.beginPath();
  front.forEach((r, k) => {
    if (k > 0) pen.lineTo(x(cost.of(r)), y(front[k - 1].accuracy));
    pen[k === 0 ? "moveTo" : "lineTo"](x(cost.of(r)), y(r.accuracy));
  });
  pen.stroke();
  for (const r of rows) {
    const at = { row: r, x: x(cost.of(r)), y: y(r.accuracy) };
    places.push(at);
    pen.fillStyle = colour(r === picked ? "pick" : best.has(r) ? "front" : "other");
    pen.beginPath(); pen.arc(at.x, at.y, r === picked ? 6 : best.has(r) ? 4 : 3, 0, 7); pen.fill();
  }
  for (const v of rivals) {
    const px = x(cost.rival(v)), py = y(v.accuracy);
    pen.fillStyle = colour("rival"); pen.fillRect(px - 5, py - 5, 10, 10);
    pen.fillStyle = colour("ink"); pen.textAlign = px > right - 90 ? "right" : "left";
    pen.fillText(v.kind, px + (px > right - 90 ? -9 : 9), py + 4);
  }
}

canvas.addEventListener("click", (event) => {
  const box = canvas.getBoundingClientRect();
  const px = event.clientX - box.left, py = event.clientY - box.top;
  let nearest = null, least = 24 * 24;
  for (const at of places) {
    const d = (at.x - px) ** 2 + (at.y - py) ** 2;
    if (d < least) { least = d; nearest = at.row; }
  }
  if (nearest) pick(nearest);
});

function pick(row) {
  picked = row;
  const panel = byId("point");
  panel.replaceChildren();
  panel.append(make("strong", "Point " + row.point));
  const list = make("dl");
  const entry = (name, value) => list.append(make("dt", name), make("dd", value));
  data.paths.forEach((path, k) => entry(path, String(row.settings[k])));
  if (row.error) entry("error", row.error);
  if (row.runs > 0) {
    if (row.labelled) entry("accuracy", percent(row.accuracy) + " (" + percent(row.low) + " to " + percent(row.high) + ")");
    entry("runs", String(row.runs));
    entry("operations", count(row.operations) + " (" + count(row.macs) + " MACs, " + count(row.acs) + " ACs)");
    entry("spikes", count(row.spikes));
    entry("ticks", count(row.ticks));
    data.energy.forEach((name, k) => entry(name, joules(row.joules[k])));
  }
  panel.append(list, make("div", "Again, alone:", { class: "dim" }), make("code", row.command));
  location.replace("#point=" + row.point);
  draw();
  table();
}

function rowsInOrder() {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  let rows = data.rows.filter((r) => words.every((word) => {
    const [path, value] = word.split("=");
    return data.paths.some((p, k) => p.toLowerCase().includes(path) && (value === undefined || String(r.settings[k]) === value)) || (r.error || "").toLowerCase().includes(word);
  }));
  if (order.column) {
    const of = order.column.of, sign = order.down ? -1 : 1;
    rows = rows.slice().sort((a, b) => {
      const x = of(a), y = of(b);
      return x === y ? a.point - b.point : x === null ? 1 : y === null ? -1 : sign * (x < y ? -1 : 1);
    });
  }
  return rows;
}

function table() {
  const head = byId("head");
  head.replaceChildren();
  for (const column of columns) {
    const mark = order.column === column ? (order.down ? " ▾" : " ▴") : "";
    const cell = make("th", column.name + mark, { tabindex: "0", scope: "col" });
    const sort = () => { order = { column, down: order.column === column ? !order.down : column.name === "accuracy" }; table(); };
    cell.addEventListener("click", sort);
    cell.addEventListener("keydown", (event) => { if (event.key === "Enter") sort(); });
    head.append(cell);
  }
  const body = byId("body");
  body.replaceChildren();
  const rows = rowsInOrder();
  for (const row of rows.slice(0, shown)) {
    const line = make("tr", undefined, { tabindex: "0", "data-point": row.point });
    if (row.best) line.classList.add("best");
    if (row === picked) line.classList.add("picked");
    for (const column of columns) {
      const value = row.runs > 0 || data.paths.includes(column.name) ? column.of(row) : null;
      line.append(make("td", value === null || value === undefined ? (column.name === "accuracy" && row.error ? "failed" : "–") : column.text(value, row)));
    }
    line.addEventListener("click", () => pick(row));
    line.addEventListener("keydown", (event) => { if (event.key === "Enter") pick(row); });
    body.append(line);
  }
  byId("more").hidden = rows.length <= shown;
  byId("found").textContent = rows.length === data.rows.length ? rows.length + " points" : rows.length + " of " + data.rows.length + " points";
}

costs.forEach((one, k) => byId("cost").append(make("option", one.name, { value: k })));
byId("cost").addEventListener("change", (event) => { cost = costs[Number(event.target.value)]; draw(); });
byId("near").addEventListener("change", draw);
byId("filter").addEventListener("input", (event) => { filter = event.target.value; table(); });
byId("more").addEventListener("click", () => { shown += 1000; table(); });
window.addEventListener("resize", draw);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
const wanted = /#point=(\d+)/.exec(location.hash);
const first = wanted && data.rows.find((r) => r.point === Number(wanted[1]));
draw();
table();
if (first) pick(first);
document.documentElement.dataset.ready = "true";
