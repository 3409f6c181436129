// Bundles src/ into dist/: one script and one style a page. Run by scripts/build-pages.
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const result = await build({
  entryPoints: { explore: "src/explore/main.ts" },
  outdir: "dist",
  bundle: true,
  minify: true,
  format: "iife",
  target: ["chrome103", "firefox113", "safari16.4"],
  charset: "ascii",
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
});

// The licences of what is bundled travel with it, in front.
const packages = new Set();
for (const input of Object.keys(result.metafile.inputs)) {
  const match = /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input);
  if (match) packages.add(match[1]);
}
let notice = "";
for (const name of [...packages].sort()) {
  const folder = `node_modules/${name}`;
  const version = JSON.parse(readFileSync(`${folder}/package.json`, "utf8")).version;
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (!file || !existsSync(`${folder}/${file}`)) throw new Error(`${name} has no licence file`);
  notice += `${name} ${version}\n\n${readFileSync(`${folder}/${file}`, "utf8").trim()}\n\n`;
}
const safe = notice.replaceAll("*/", "* /").replace(/https?:\/\//g, "").replace(/[^\x00-\x7f]/g, "?");
const script = readFileSync("dist/explore.js", "utf8");
writeFileSync("dist/explore.js", `/*! Bundled with:\n\n${safe}*/\n${script}`);
