// Builds the widget into var/build/widget and fails when it grows over its limits.
//
// loader.js   what every page of the shop loads (classic script, limit 2 KB gzip)
// panel-*.js  what opens when the customer asks for it (ES module)
// locales/    texts, sent by the server together with the settings of an inbox
// Limit for loader and panel together: 12 KB gzip.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import zopfli from "@gfx/zopfli";
import { minify } from "terser";

const LOADER_LIMIT = 2 * 1024;
const TOTAL_LIMIT = 12 * 1024;
const out = new URL("../var/build/widget/", import.meta.url);
const here = (name) => new URL(name, import.meta.url);

// Names of our own, spoken by no server, page or browser, that may be shortened.
const OWN = [
  "composer", "typing", "notice", "typed", "leave", "forget", "arrange",
  "waiting", "flush", "drop", "sent", "refused", "slow", "held", "ensure", "resume", "signedOut",
  "expired", "lost", "away", "back", "look", "joined", "left", "offline", "told", "say", "press", "rate", "when", "live",
];

const bundle = async (entry, format, define = {}) => {
  const result = await build({
    entryPoints: [here(entry).pathname],
    bundle: true,
    format,
    define,
    write: false,
    target: ["es2022"],
    legalComments: "none",
    charset: "utf8",
    loader: { ".css": "text" },
    plugins: [minifiedCss],
  });
  const compress = { passes: 3, ecma: 2022, unsafe_arrows: true };
  const mangle = { properties: { regex: new RegExp(`^(${OWN.join("|")})$`) } };
  const small = await minify(result.outputFiles[0].text, { compress, mangle, module: format === "esm" });
  return small.code;
};

// Style sheets become strings in the bundle; they are minified on the way.
const minifiedCss = {
  name: "minified-css",
  setup(builder) {
    builder.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const css = await build({ entryPoints: [path], minify: true, write: false });
      // esbuild keeps the blanks in custom properties; they mean nothing after a colon or comma.
      return { contents: css.outputFiles[0].text.trim().replace(/([:,]) /g, "$1"), loader: "text" };
    });
  },
};

// What is sent: zopfli writes the same format as gzip, a few per cent smaller.
const zipped = (text) => zopfli.gzipAsync(Buffer.from(text), { numiterations: 30 });

rmSync(out, { recursive: true, force: true });
mkdirSync(new URL("locales/", out), { recursive: true });

const panel = await bundle("src/panel.ts", "esm");
const panelName = `panel-${createHash("sha256").update(panel).digest("hex").slice(0, 10)}.js`;
const loader = await bundle("src/loader.ts", "iife", { PANEL: JSON.stringify(panelName) });
const sizes = {};
for (const [part, name, text] of [["loader", "loader.js", loader], ["panel", panelName, panel]]) {
  const small = await zipped(text);
  sizes[part] = small.length;
  writeFileSync(new URL(name, out), text);
  writeFileSync(new URL(`${name}.gz`, out), small);
}

let largest = 0;
const english = JSON.parse(readFileSync(here("locales/en.json"), "utf8"));
for (const name of readdirSync(here("locales/"))) {
  const texts = JSON.parse(readFileSync(here(`locales/${name}`), "utf8"));
  const missing = Object.keys(english).filter((key) => !(key in texts));
  const unknown = Object.keys(texts).filter((key) => !(key in english));
  if (missing.length || unknown.length) {
    throw new Error(`${name}: missing ${missing.join(", ") || "-"}; unknown ${unknown.join(", ") || "-"}`);
  }
  const compact = JSON.stringify(texts);
  largest = Math.max(largest, (await zipped(compact)).length);
  writeFileSync(new URL(`locales/${name}`, out), compact);
}

const total = sizes.loader + sizes.panel;
writeFileSync(new URL("sizes.json", out), JSON.stringify({ ...sizes, locale: largest, total }));
console.log(
  `widget: loader ${sizes.loader} B and panel ${sizes.panel} B, together ${total} B gzip; ` +
    `largest locale ${largest} B`,
);
const over = [
  sizes.loader > LOADER_LIMIT && `the loader is over ${LOADER_LIMIT} B gzip`,
  total > TOTAL_LIMIT && `the widget is over ${TOTAL_LIMIT} B gzip`,
].filter(Boolean);
if (over.length) {
  console.error(over.join("; "));
  process.exit(1);
}
