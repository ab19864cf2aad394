// Service levels: how soon customers are answered; the first policy that fits holds.
import { useEffect, useState } from "preact/hooks";
import { put } from "../lib/api";
import { t, tOf } from "../lib/i18n";
import { teams } from "../state/store";
import { Icon } from "../ui/icon";
import { Choice } from "./assignment";
import type { DeskSettings, Policy } from "./desk_settings";
import { Problem, tried, useLoaded } from "./form";

const CHANNELS = ["web", "telegram", "slack"];
const PRIORITIES = ["urgent", "high", "normal", "low"];
const CLOCKS = ["first", "next", "resolution"] as const;

export function Sla() {
  const [data, load, problem] = useLoaded<DeskSettings>("/settings");
  const [list, setList] = useState<Policy[] | null>(null);
  useEffect(() => void (data && setList(data.sla.policies)), [data]);
  if (!list) return <Problem text={problem} />;
  const set = (index: number, change: Partial<Policy>) => setList(list.map((policy, at) => (at === index ? { ...policy, ...change } : policy)));
  const save = async (event: Event) => {
    event.preventDefault();
    if (await tried(put("/settings/sla", { policies: list }))) await load();
  };
  const add = () => setList([...list, { name: t("policy_n", { n: list.length + 1 }), priority: null, channel: null, team_id: null, first: 600, next: 1800, resolution: 86400, in_hours: true }]);
  const move = (index: number) => setList(list.map((_, at) => list[at === index ? index - 1 : at === index - 1 ? index : at]!));
  return (
    <form onSubmit={save}>
      <p class="soft lead">{t("sla_lead")}</p>
      {list.map((policy, index) => (
        <section class="sheet policy" key={index}>
          <div class="sheet-head">
            <label class="grow"><span class="hidden">{t("name")}</span><input class="field strong" required maxLength={80} value={policy.name} onInput={(e) => set(index, { name: e.currentTarget.value })} /></label>
            {index > 0 && <button type="button" class="button small" onClick={() => move(index)}>{t("earlier")}</button>}
            <button type="button" class="bare" aria-label={t("delete_of", { name: policy.name })} onClick={() => setList(list.filter((_, at) => at !== index))}><Icon name="close" /></button>
          </div>
          <fieldset class="rule">
            <legend class="hidden">{policy.name}</legend>
            <Choice label={t("priority")} value={policy.priority} set={(priority) => set(index, { priority })} options={PRIORITIES.map((name) => [name, tOf("priority", name)])} />
            <Choice label={t("channel")} value={policy.channel} set={(channel) => set(index, { channel })} options={CHANNELS.map((name) => [name, tOf("channel", name)])} />
            <Choice label={t("team")} value={policy.team_id ? String(policy.team_id) : null} set={(team) => set(index, { team_id: team ? Number(team) : null })} options={teams.value.map((team) => [String(team.id), team.name])} />
            {CLOCKS.map((clock) => (
              <label key={clock}><span class="label">{tOf("clock", clock)}</span>
                <span class="minutes"><input class="field" type="number" min={1} max={100000} value={policy[clock] ? Math.round(policy[clock]! / 60) : ""} onInput={(e) => set(index, { [clock]: e.currentTarget.value ? Number(e.currentTarget.value) * 60 : null })} />{t("minutes")}</span>
              </label>
            ))}
            <label class="check-line"><input type="checkbox" checked={policy.in_hours} onChange={(e) => set(index, { in_hours: e.currentTarget.checked })} />{t("in_hours")}</label>
          </fieldset>
        </section>
      ))}
      <span class="row-acts"><button type="button" class="button" onClick={add}>{t("add")}</button><button class="button primary">{t("save")}</button></span>
    </form>
  );
}
