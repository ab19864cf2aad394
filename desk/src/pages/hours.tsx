// Opening hours: several spans a day, holidays, the shop's time zone.
import { useEffect, useState } from "preact/hooks";
import { put } from "../lib/api";
import { t, tOf } from "../lib/i18n";
import { Icon } from "../ui/icon";
import type { DeskSettings } from "./desk_settings";
import { Field, Problem, tried, useLoaded } from "./form";

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
type Hours = DeskSettings["hours"];

export function HoursPage() {
  const [data, load, problem] = useLoaded<DeskSettings>("/settings");
  const [value, setValue] = useState<Hours | null>(null);
  useEffect(() => void (data && setValue(data.hours)), [data]);
  if (!value) return <Problem text={problem} />;
  const save = async (event: Event) => {
    event.preventDefault();
    if (await tried(put("/settings/hours", value))) await load();
  };
  return (
    <form onSubmit={save}>
      <HoursFields value={value} set={setValue} />
      <button class="button primary">{t("save")}</button>
    </form>
  );
}

export function HoursFields({ value, set }: { value: Hours; set: (value: Hours) => void }) {
  const spans = (day: string) => value.week[day] ?? [];
  const setDay = (day: string, list: [string, string][]) => set({ ...value, week: { ...value.week, [day]: list } });
  const zones = typeof Intl.supportedValuesOf === "function" ? Intl.supportedValuesOf("timeZone") : [];
  return (
    <>
      <section class="sheet">
        <Field label={t("time_zone")}>
          <input class="field" list="zones" required value={value.time_zone} onInput={(e) => set({ ...value, time_zone: e.currentTarget.value })} />
        </Field>
        <datalist id="zones">{zones.map((zone) => <option key={zone} value={zone} />)}</datalist>
        <div class="week">
          {DAYS.map((day) => (
            <fieldset class="week-day" key={day}>
              <legend>{tOf("day", day)}</legend>
              {spans(day).map((span, index) => (
                <span class="span" key={index}>
                  <input class="field" type="time" required aria-label={t("opens", { day: tOf("day", day) })} value={span[0]} onInput={(e) => setDay(day, spans(day).map((one, at) => (at === index ? [e.currentTarget.value, one[1]] : one)))} />
                  <span aria-hidden="true">–</span>
                  <input class="field" type="time" required aria-label={t("closes", { day: tOf("day", day) })} value={span[1] === "24:00" ? "23:59" : span[1]} onInput={(e) => setDay(day, spans(day).map((one, at) => (at === index ? [one[0], e.currentTarget.value] : one)))} />
                  <button type="button" class="bare small" aria-label={t("drop_span", { day: tOf("day", day) })} onClick={() => setDay(day, spans(day).filter((_, at) => at !== index))}><Icon name="close" size={14} /></button>
                </span>
              ))}
              {spans(day).length === 0 && <span class="soft">{t("closed")}</span>}
              <button type="button" class="quiet" aria-label={t("add_span", { day: tOf("day", day) })} onClick={() => setDay(day, [...spans(day), spans(day).length ? ["14:00", "18:00"] : ["09:00", "12:00"]])}><Icon name="plus" size={15} />{t("span")}</button>
            </fieldset>
          ))}
        </div>
      </section>
      <Holidays value={value} set={set} />
    </>
  );
}

function Holidays({ value, set }: { value: Hours; set: (value: Hours) => void }) {
  const [date, setDate] = useState("");
  const [name, setName] = useState("");
  const dateOf = (item: Hours["holidays"][0]) => (typeof item === "string" ? item : item.date);
  const add = () => {
    if (!date) return;
    const others = value.holidays.filter((item) => dateOf(item) !== date);
    set({ ...value, holidays: [...others, name ? { date, name, spans: [] } : date].sort((a, b) => dateOf(a).localeCompare(dateOf(b))) });
    setDate("");
    setName("");
  };
  return (
    <section class="sheet">
      <h2>{t("holidays")}</h2>
      <ul class="plain-list">
        {value.holidays.map((item) => (
          <li key={dateOf(item)}>
            <span>{dateOf(item)} {typeof item !== "string" && item.name}</span>
            <button type="button" class="button small" aria-label={t("delete_of", { name: dateOf(item) })} onClick={() => set({ ...value, holidays: value.holidays.filter((one) => one !== item) })}>{t("delete")}</button>
          </li>
        ))}
      </ul>
      <div class="inline">
        <input class="field" type="date" aria-label={t("date")} value={date} onInput={(e) => setDate(e.currentTarget.value)} />
        <input class="field" maxLength={60} placeholder={t("name")} aria-label={t("name")} value={name} onInput={(e) => setName(e.currentTarget.value)} />
        <button type="button" class="button" disabled={!date} onClick={add}>{t("add")}</button>
      </div>
    </section>
  );
}
