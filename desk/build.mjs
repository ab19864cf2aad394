// Builds the desk into var/build/desk: hashed files, their gzip twins, and a manifest for the server.
import { build, context } from "esbuild";
import { gzipSync } from "node:zlib";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.resolve(here, process.env.CARELINE_BUILD_DIR ?? "../var/build", "desk");
const LANGUAGES = ["en", "de"];

function written(result) {
  const outputs = result.metafile.outputs;
  const named = (entry) =>
    Object.entries(outputs).find(([, o]) => o.entryPoint?.endsWith(entry))?.[0];
  const base = (file) => path.basename(file);
  const js = named("src/main.tsx");
  const shared = outputs[js].imports.filter((i) => i.kind === "import-statement").map((i) => base(i.path));
  const languages = {};
  for (const language of LANGUAGES) {
    const file = Object.entries(outputs).find(
      ([name, o]) => name.endsWith(".js") && Object.keys(o.inputs).some((i) => i.endsWith(`locales/${language}.json`)),
    );
    languages[language] = file ? [base(file[0])] : [];
  }
  const manifest = { js: base(js), css: base(named("styles/desk.css")), preload: shared, languages };
  const keep = new Set(["manifest.json"]);
  for (const file of result.outputFiles) {
    const name = base(file.path);
    keep.add(name).add(name + ".gz");
    writeFileSync(path.join(out, name), file.contents);
    writeFileSync(path.join(out, name + ".gz"), gzipSync(file.contents, { level: 9 }));
  }
  const draft = path.join(out, ".manifest.json");
  writeFileSync(draft, JSON.stringify(manifest, null, 1));
  renameSync(draft, path.join(out, "manifest.json"));
  for (const name of readdirSync(out)) if (!keep.has(name)) rmSync(path.join(out, name));
  const first = [manifest.js, manifest.css, ...shared, ...languages.en];
  const bytes = first.reduce((sum, name) => sum + readFileSync(path.join(out, name + ".gz")).length, 0);
  console.log(`desk: ${first.length} files, ${(bytes / 1024).toFixed(1)} KB (gzip) for the first page`);
  return bytes;
}

const options = {
  entryPoints: [path.join(here, "src/main.tsx"), path.join(here, "src/styles/desk.css")],
  outdir: out,
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  minify: true,
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  metafile: true,
  write: false,
  logLevel: "warning",
};

mkdirSync(out, { recursive: true });
if (process.argv.includes("--watch")) {
  const plugin = { name: "write", setup: (b) => b.onEnd((r) => r.errors.length || written(r)) };
  await (await context({ ...options, plugins: [plugin] })).watch();
} else if (written(await build(options)) > 60 * 1024) {
  console.error("desk: the first page is above 60 KB");
  process.exit(1);
}
