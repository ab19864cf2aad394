// Starts emulate's Slack and sends its events to one address: `node slack.mjs PORT EVENTS_URL SEED`.
// The package has the event dispatcher but no public way to subscribe, hence the look inside.
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const [port, events, seed] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const folder = join(here, "node_modules", "emulate", "dist");
let plugin;
for (const name of readdirSync(folder).filter((n) => n.startsWith("dist-") && n.endsWith(".js"))) {
  const found = await import(pathToFileURL(join(folder, name)).href);
  if (found.slackPlugin) plugin = found.slackPlugin;
}
let dispatcher;
const register = plugin.register;
plugin.register = (app, store, webhooks, ...rest) => {
  dispatcher = webhooks;
  return register.call(plugin, app, store, webhooks, ...rest);
};
const { createEmulator } = await import("emulate");
await createEmulator({
  service: "slack",
  port: Number(port),
  hostname: "127.0.0.1",
  baseUrl: `http://127.0.0.1:${port}`,
  seed: { slack: JSON.parse(seed) },
});
dispatcher.register({ url: events, active: true, events: ["*"], owner: "slack" });
