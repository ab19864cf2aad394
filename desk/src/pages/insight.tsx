// Every measure against its target, the largest gap first; and the weekly customer agenda.
import { useState } from "preact/hooks";
import { t, tOf, type Word } from "../lib/i18n";
import { date } from "../lib/time";
import { show } from "../ui/dialog";
import { Agenda } from "./agenda";
import { Problem, useLoaded } from "./form";
import { MeasureDialog } from "./measure";
import { figure, named, type Measure, type Report } from "./measures";

const RANGES = [7, 28, 90];
const PARTS = ["measures", "agenda"] as const;
const CHANNELS = ["web", "telegram", "slack"];
const day = (back: number) => new Date(Date.now() - back * 86400000).toISOString().slice(0, 10);

export function Insight() {
  const [range, setRange] = useState(28);
  const [channel, setChannel] = useState("");
  const [part, setPart] = useState("measures");
  const span = `from=${day(range - 1)}&to=${day(0)}${channel && `&channel=${channel}`}`;
  const [data, load, problem] = useLoaded<Report>(`/insight?${span}`);
  return (
    <div class="page insight">
      <header class="page-head">
        <h1>{t("nav_insight")}</h1>
      </header>
      <div class="tabs page-tabs">
        {PARTS.map((name) => <button class="tab" key={name} aria-pressed={part === name} onClick={() => setPart(name)}>{t(name)}</button>)}
        <span class="spacer" />
        {part === "measures" && <Span range={range} setRange={setRange} channel={channel} setChannel={setChannel} />}
      </div>
      <Problem text={problem} />
      {part === "agenda" ? <Agenda /> : data && <Measures data={data} span={span} load={load} />}
    </div>
  );
}

interface Chosen {
  range: number;
  setRange: (days: number) => void;
  channel: string;
  setChannel: (name: string) => void;
}

function Span({ range, setRange, channel, setChannel }: Chosen) {
  return (
    <>
        <select class="field auto" aria-label={t("channel")} value={channel} onChange={(e) => setChannel(e.currentTarget.value)}>
          <option value="">{t("all_channels")}</option>
          {CHANNELS.map((name) => <option key={name} value={name}>{tOf("channel", name)}</option>)}
        </select>
        <select class="field auto" aria-label={t("range")} value={range} onChange={(e) => setRange(Number(e.currentTarget.value))}>
          {RANGES.map((days) => <option key={days} value={days}>{t("last_days", { n: days })}</option>)}
        </select>
    </>
  );
}

function Measures({ data, span, load }: { data: Report; span: string; load: () => Promise<void> }) {
  return (
    <section class="sheet">
      <div class="sheet-head"><div><h2>{t("measures")}</h2><p class="soft">{t("measures_lead", { from: date(data.from), to: date(data.to) })}</p></div></div>
      <div class="table-wide" tabIndex={0} role="region" aria-label={t("measures")}>
        <table class="table">
          <thead><tr><th>{t("measure")}</th><th class="num">{t("figure")}</th><th class="num">n</th><th class="num">{t("before_it")}</th><th class="num">{t("target")}</th><th>{t("gap")}</th><th>{t("measure_owner")}</th></tr></thead>
          <tbody>{data.measures.map((measure) => <Line key={measure.key} measure={measure} open={() => show(() => <MeasureDialog measure={measure} span={span} done={load} />)} />)}</tbody>
        </table>
      </div>
    </section>
  );
}

function Line({ measure, open }: { measure: Measure; open: () => void }) {
  return (
    <tr data-measure={measure.key}>
      <td><button class="link" onClick={open}>{named(measure)}</button> <span class="soft small-text">{t(`of_${measure.side}` as Word)}</span></td>
      <td class="num"><strong>{figure(measure, measure.value)}</strong>{measure.p90 !== null && <span class="soft small-text"> {t("p90", { value: figure(measure, measure.p90) })}</span>}</td>
      <td class="num">{measure.n}{measure.n > 0 && measure.few && <span class="soft small-text"> {t("few")}</span>}</td>
      <td class="num">{figure(measure, measure.before.value)}</td>
      <td class="num">{measure.target === null ? "" : <>{measure.better === "lower" ? "≤ " : "≥ "}{figure(measure, measure.target)}</>}</td>
      <td><Gap gap={measure.gap} /></td>
      <td>{measure.owner_id === null ? tOf("role", measure.owner) : measure.owner}{measure.overdue && <> <span class="chip warn">{t("overdue")}</span></>}</td>
    </tr>
  );
}

function Gap({ gap }: { gap: number | null }) {
  if (gap === null) return <span class="soft">–</span>;
  if (gap === 0) return <span class="score">{t("met")}</span>;
  return <span class="gap"><i style={{ width: `${Math.min(gap, 1) * 60}px` }} aria-hidden="true" />{Math.round(gap * 100)} %</span>;
}
