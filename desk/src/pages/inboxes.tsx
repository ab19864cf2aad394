// How the widget looks and asks on each of the shop's websites, with a preview that follows.
import { useMemo, useState } from "preact/hooks";
import { put } from "../lib/api";
import { t, tOf } from "../lib/i18n";
import { Icon } from "../ui/icon";
import type { DeskSettings } from "./desk_settings";
import { Field, Problem, tried, useLoaded } from "./form";
import { HoursFields } from "./hours";
import { Preview } from "./inbox_preview";

interface FormField {
  name: string;
  label: string;
  kind: string;
  required: boolean;
  choices: string[];
}
interface Look {
  accent: string;
  ink: string;
  side: string;
  scheme: string;
  radius: number;
  origins: string[];
  texts: Record<string, Record<string, string>>;
  form: FormField[];
  hours: DeskSettings["hours"] | null;
  files: boolean;
  transcript: boolean;
}
interface Inbox {
  name: string;
  version: number;
  settings: Look;
}

const LOCALES = ["en", "de", "es", "fr", "ar"];
const KINDS = ["text", "email", "phone", "choice", "consent"];
const TEXTS = ["title", "greeting", "intro", "suggestions"];

export function Inboxes() {
  const [data, load, problem] = useLoaded<{ inboxes: Inbox[]; base_url: string }>("/inboxes");
  const [chosen, setChosen] = useState("default");
  const [fresh, setFresh] = useState("");
  if (!data) return <Problem text={problem} />;
  const first = data.inboxes[0]!;
  const inbox = data.inboxes.find((one) => one.name === chosen) ?? { name: chosen, version: 0, settings: first.settings };
  return (
    <>
      <div class="inline chooser">
        <label><span class="label">{t("inbox")}</span>
          <select class="field" value={chosen} onChange={(e) => setChosen(e.currentTarget.value)}>
            {[...new Set([...data.inboxes.map((one) => one.name), chosen])].map((name) => <option key={name} value={name}>{name}</option>)}
          </select>
        </label>
        <label><span class="label">{t("new_inbox")}</span><input class="field" maxLength={40} pattern="[a-z0-9][a-z0-9\-]*" value={fresh} onInput={(e) => setFresh(e.currentTarget.value.toLowerCase())} /></label>
        <button class="button" disabled={!/^[a-z0-9][a-z0-9-]{0,39}$/.test(fresh)} onClick={() => { setChosen(fresh); setFresh(""); }}>{t("add")}</button>
      </div>
      <Editor key={inbox.name} inbox={inbox} base={data.base_url} done={load} />
    </>
  );
}

function Editor({ inbox, base, done }: { inbox: Inbox; base: string; done: () => Promise<void> }) {
  const [look, setLook] = useState<Look>(inbox.settings);
  const [version, setVersion] = useState(inbox.version);
  const [locale, setLocale] = useState("en");
  const set = (change: Partial<Look>) => setLook({ ...look, ...change });
  const texts = look.texts[locale] ?? {};
  const setText = (key: string, text: string) => {
    const mine = { ...texts, [key]: text };
    if (!text) delete mine[key];
    set({ texts: { ...look.texts, [locale]: mine } });
  };
  const setField = (index: number, change: Partial<FormField>) => set({ form: look.form.map((one, at) => (at === index ? { ...one, ...change } : one)) });
  const settings = useMemo(() => ({ ...look, origins: look.origins.map((one) => one.trim()).filter(Boolean) }), [look]);
  const save = async (event: Event) => {
    event.preventDefault();
    const saved = put<Inbox>(`/inboxes/${inbox.name}`, { settings, version });
    if (await tried(saved.then((kept) => setVersion(kept.version)))) await done();
  };
  return (
    <form class="inbox-editor" onSubmit={save}>
      <div>
        <section class="sheet">
          <h2>{t("look_of_widget")}</h2>
          <div class="rule">
            <label><span class="label">{t("accent")}</span><input class="field" type="color" value={look.accent} onInput={(e) => set({ accent: e.currentTarget.value })} /></label>
            <label><span class="label">{t("ink")}</span><input class="field" type="color" value={look.ink} onInput={(e) => set({ ink: e.currentTarget.value })} /></label>
            <label><span class="label">{t("side")}</span><select class="field" value={look.side} onChange={(e) => set({ side: e.currentTarget.value })}><option value="end">{t("side_end")}</option><option value="start">{t("side_start")}</option></select></label>
            <label><span class="label">{t("theme")}</span><select class="field" value={look.scheme} onChange={(e) => set({ scheme: e.currentTarget.value })}>{["auto", "light", "dark"].map((name) => <option key={name} value={name}>{tOf("theme", name)}</option>)}</select></label>
            <label><span class="label">{t("radius")}</span><input class="field" type="number" min={0} max={30} value={look.radius} onInput={(e) => set({ radius: Number(e.currentTarget.value) })} /></label>
          </div>
          <label class="check-line"><input type="checkbox" checked={look.files} onChange={(e) => set({ files: e.currentTarget.checked })} />{t("allow_files")}</label>
          <label class="check-line"><input type="checkbox" checked={look.transcript} onChange={(e) => set({ transcript: e.currentTarget.checked })} />{t("allow_transcript")}</label>
        </section>
        <section class="sheet">
          <div class="sheet-head"><h2>{t("texts")}</h2><select class="field auto" aria-label={t("language")} value={locale} onChange={(e) => setLocale(e.currentTarget.value)}>{LOCALES.map((name) => <option key={name}>{name}</option>)}</select></div>
          <p class="soft">{t("texts_lead")}</p>
          {TEXTS.map((key) => <Field key={key} label={tOf("widget", key)} hint={key === "suggestions" ? t("suggestions_hint") : undefined}><input class="field" maxLength={500} value={texts[key] ?? ""} onInput={(e) => setText(key, e.currentTarget.value)} /></Field>)}
        </section>
        <section class="sheet">
          <h2>{t("origins")}</h2>
          <p class="soft">{t("origins_lead")}</p>
          <textarea class="field" rows={3} aria-label={t("origins")} placeholder="https://shop.example" value={look.origins.join("\n")} onInput={(e) => set({ origins: e.currentTarget.value.split("\n") })} />
          <p class="soft embed">{t("embed")}</p>
          <code class="code">{`<script src="${base}/widget/loader.js" data-inbox="${inbox.name}" async></script>`}</code>
        </section>
        <section class="sheet">
          <div class="sheet-head"><h2>{t("form")}</h2><button type="button" class="button" onClick={() => set({ form: [...look.form, { name: `field_${look.form.length + 1}`, label: t("name"), kind: "text", required: false, choices: [] }] })}>{t("add")}</button></div>
          <p class="soft">{t("form_lead")}</p>
          {look.form.map((one, index) => (
            <fieldset class="rule" key={index}>
              <legend class="hidden">{one.label}</legend>
              <label><span class="label">{t("label")}</span><input class="field" required maxLength={200} value={one.label} onInput={(e) => setField(index, { label: e.currentTarget.value })} /></label>
              <label><span class="label">{t("key")}</span><input class="field" required pattern="[a-z][a-z0-9_]*" maxLength={30} value={one.name} onInput={(e) => setField(index, { name: e.currentTarget.value })} /></label>
              <label><span class="label">{t("kind")}</span><select class="field" value={one.kind} onChange={(e) => setField(index, { kind: e.currentTarget.value })}>{KINDS.map((kind) => <option key={kind} value={kind}>{tOf("field", kind)}</option>)}</select></label>
              {one.kind === "choice" && <label><span class="label">{t("choices")}</span><input class="field" value={one.choices.join(", ")} onInput={(e) => setField(index, { choices: e.currentTarget.value.split(",").map((c) => c.trim()) })} /></label>}
              <label class="check-line"><input type="checkbox" checked={one.required} onChange={(e) => setField(index, { required: e.currentTarget.checked })} />{t("required")}</label>
              <button type="button" class="bare" aria-label={t("delete_of", { name: one.label })} onClick={() => set({ form: look.form.filter((_, place) => place !== index) })}><Icon name="close" /></button>
            </fieldset>
          ))}
        </section>
        <section class="sheet">
          <label class="check-line"><input type="checkbox" checked={look.hours !== null} onChange={(e) => set({ hours: e.currentTarget.checked ? { time_zone: "Europe/Berlin", week: {}, holidays: [] } : null })} />{t("own_hours")}</label>
        </section>
        {look.hours && <HoursFields value={look.hours} set={(hours) => set({ hours })} />}
        <button class="button primary">{t("save")}</button>
      </div>
      <Preview settings={settings} side={look.side} locale={locale} />
    </form>
  );
}
