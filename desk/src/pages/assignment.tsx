// Who gets which conversation by itself.
import { useEffect, useState } from "preact/hooks";
import { put } from "../lib/api";
import { t, tOf } from "../lib/i18n";
import { teams } from "../state/store";
import { Icon } from "../ui/icon";
import type { DeskSettings, Rule } from "./desk_settings";
import { Field, Problem, tried, useLoaded } from "./form";

const CHANNELS = ["web", "telegram", "slack"];
const REASONS = ["customer_asked", "not_understood", "not_helpful", "complaint", "frustrated", "action_failed", "assistant_down", "policy"];

export function Assignment() {
  const [data, load, problem] = useLoaded<DeskSettings>("/settings");
  const [value, setValue] = useState<DeskSettings["assignment"] | null>(null);
  useEffect(() => void (data && setValue(data.assignment)), [data]);
  if (!value) return <Problem text={problem} />;
  const set = (change: Partial<DeskSettings["assignment"]>) => setValue({ ...value, ...change });
  const setRule = (index: number, change: Rule) => set({ rules: value.rules.map((rule, at) => (at === index ? { ...rule, ...change } : rule)) });
  const save = async (event: Event) => {
    event.preventDefault();
    if (await tried(put("/settings/assignment", value))) await load();
  };
  return (
    <form onSubmit={save}>
      <section class="sheet">
        <label class="check-line"><input type="checkbox" checked={value.automatic} onChange={(e) => set({ automatic: e.currentTarget.checked })} />{t("assign_automatic")}</label>
        <p class="soft">{t("assign_lead")}</p>
        <Field label={t("strategy")}><select class="field" value={value.strategy} onChange={(e) => set({ strategy: e.currentTarget.value })}>
          <option value="round_robin">{t("round_robin")}</option>
          <option value="least_busy">{t("least_busy")}</option>
        </select></Field>
        <Field label={t("return_after")} hint={t("return_hint")}><input class="field" type="number" min={0} max={86400} value={value.return_seconds} onInput={(e) => set({ return_seconds: Number(e.currentTarget.value) })} /></Field>
        <Field label={t("grace")} hint={t("grace_hint")}><input class="field" type="number" min={10} max={3600} value={value.grace_seconds} onInput={(e) => set({ grace_seconds: Number(e.currentTarget.value) })} /></Field>
      </section>
      <section class="sheet">
        <div class="sheet-head"><div><h2>{t("rules")}</h2><p class="soft">{t("rules_lead")}</p></div><button type="button" class="button" onClick={() => set({ rules: [...value.rules, {}] })}>{t("add")}</button></div>
        {value.rules.map((rule, index) => (
          <fieldset class="rule" key={index}>
            <legend class="hidden">{t("rule_n", { n: index + 1 })}</legend>
            <Choice label={t("channel")} value={rule.channel} set={(channel) => setRule(index, { channel })} options={CHANNELS.map((name) => [name, tOf("channel", name)])} />
            <Choice label={t("reason")} value={rule.reason} set={(reason) => setRule(index, { reason })} options={REASONS.map((name) => [name, tOf("reason", name)])} />
            <label><span class="label">{t("language")}</span><input class="field" size={4} maxLength={8} value={rule.language ?? ""} onInput={(e) => setRule(index, { language: e.currentTarget.value || null })} /></label>
            <Choice label={t("to_team")} value={rule.team_id ? String(rule.team_id) : null} set={(team) => setRule(index, { team_id: team ? Number(team) : null })} options={teams.value.map((team) => [String(team.id), team.name])} />
            <label><span class="label">{t("skill")}</span><input class="field" size={10} maxLength={40} value={rule.skill ?? ""} onInput={(e) => setRule(index, { skill: e.currentTarget.value || null })} /></label>
            <button type="button" class="bare" aria-label={t("delete_of", { name: t("rule_n", { n: index + 1 }) })} onClick={() => set({ rules: value.rules.filter((_, at) => at !== index) })}><Icon name="close" /></button>
          </fieldset>
        ))}
        {value.rules.length === 0 && <p class="soft">{t("no_rules")}</p>}
      </section>
      <button class="button primary">{t("save")}</button>
    </form>
  );
}

export function Choice(props: { label: string; value: string | null | undefined; set: (value: string | null) => void; options: [string, string][] }) {
  return (
    <label><span class="label">{props.label}</span>
      <select class="field" value={props.value ?? ""} onChange={(e) => props.set(e.currentTarget.value || null)}>
        <option value="">{t("any")}</option>
        {props.options.map(([value, text]) => <option key={value} value={value}>{text}</option>)}
      </select>
    </label>
  );
}
