// Builds the widget into var/build/widget and fails when it grows over its limits.
//
// loader.js   what every page of the shop loads (classic script, limit 2 KB gzip)
// panel-*.js  what opens when the customer asks for it (ES module)
// more-*.js   forms and files: loaded by the few conversations that need them (ES module)
// locales/    texts, sent by the server together with the settings of an inbox
// Limit for what a first conversation loads, loader and panel: 12 KB, plain gzip -9.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { minify } from "terser";

const LOADER_LIMIT = 2 * 1024;
const TOTAL_LIMIT = 12 * 1024;
const root = process.env.CARELINE_BUILD_DIR;
const out = root ? new URL("widget/", pathToFileURL(`${root}/`)) : new URL("../var/build/widget/", import.meta.url);
const here = (name) => new URL(name, import.meta.url);

// Names of our own, spoken by no server, page or browser and not between panel and more, that may
// be shortened.
const OWN = [
  "typing", "notice", "typed", "forget", "arrange", "later", "take", "stop", "start", "names", "prefix",
  "waiting", "flush", "drop", "sent", "refused", "slow", "held", "resume", "signedOut",
  "expired", "lost", "away", "back", "look", "joined", "left", "offline", "press", "rate", "when", "live",
];

// Stands for the version in file names until both modules are known.
const VERSION = "__VERSION_";

const bundle = async (entry, format, define = {}, plugins = []) => {
  const result = await build({
    entryPoints: [here(entry).pathname],
    bundle: true,
    format,
    define,
    write: false,
    target: ["es2022"],
    legalComments: "none",
    charset: "utf8",
    minifySyntax: true,
    loader: { ".css": "text" },
    plugins: [minifiedCss, ...plugins],
  });
  const compress = {
    passes: 3, ecma: 2022, unsafe_arrows: true, unsafe_methods: true, unsafe_comps: true, pure_getters: true,
  };
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

// What the panel has already is imported from the panel.
const lent = {
  name: "lent-by-the-panel",
  setup(builder) {
    const path = `./panel-${VERSION}.js`;
    builder.onResolve({ filter: /^\.\/(dom|outbox)$/ }, () => ({ path, external: true }));
  },
};

const zipped = (text) => gzipSync(text, { level: 9 });

rmSync(out, { recursive: true, force: true });
mkdirSync(new URL("locales/", out), { recursive: true });

const modules = {
  panel: await bundle("src/panel.ts", "esm", { MORE: `"more-${VERSION}.js"` }),
  more: await bundle("src/more.ts", "esm", {}, [lent]),
};
const version = createHash("sha256").update(modules.panel).update(modules.more).digest("hex").slice(0, 10);
const loader = await bundle("src/loader.ts", "iife", { PANEL: `"panel-${version}.js"` });
const sizes = {};
for (const [part, name, content] of [
  ["loader", "loader.js", loader],
  ["panel", `panel-${version}.js`, modules.panel],
  ["more", `more-${version}.js`, modules.more],
]) {
  const text = content.replaceAll(VERSION, version);
  const small = zipped(text);
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
  largest = Math.max(largest, zipped(compact).length);
  writeFileSync(new URL(`locales/${name}`, out), compact);
}

const total = sizes.loader + sizes.panel;
writeFileSync(new URL("sizes.json", out), JSON.stringify({ ...sizes, locale: largest, total }));
console.log(
  `widget: loader ${sizes.loader} B and panel ${sizes.panel} B, together ${total} B gzip -9; ` +
    `forms and files ${sizes.more} B more where needed; largest locale ${largest} B`,
);
const over = [
  sizes.loader > LOADER_LIMIT && `the loader is over ${LOADER_LIMIT} B gzip`,
  total > TOTAL_LIMIT && `loader and panel are over ${TOTAL_LIMIT} B gzip`,
].filter(Boolean);
if (over.length) {
  console.error(over.join("; "));
  process.exit(1);
}
