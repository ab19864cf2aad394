// Reports: a figure a day, as a chart or a table, and the conversations behind each.
import { useEffect, useRef, useState } from "preact/hooks";
import { get } from "../lib/api";
import { t, tOf, language, type Word } from "../lib/i18n";
import { date, dateTime, short } from "../lib/time";
import type { Row } from "../lib/types";
import { Dialog, show } from "../ui/dialog";
import { Channel } from "../ui/bits";
import { Problem, useLoaded } from "./form";

interface Value {
  value: number | null;
  n: number;
}
interface Measure {
  name: string;
  unit: string;
  n: number;
  total: number | null;
  values: Value[];
}
interface Report {
  days: string[];
  time_zone: string;
  measures: Measure[];
}

const RANGES = [7, 14, 30, 90];

function shown(measure: Measure, value: number | null): string {
  if (value === null) return "–";
  if (measure.unit === "seconds") return short(value);
  return measure.unit === "score" ? value.toFixed(2) : String(value);
}

export function Reports() {
  const [range, setRange] = useState(14);
  const from = new Date(Date.now() - (range - 1) * 86400000).toISOString().slice(0, 10);
  const [data, , problem] = useLoaded<Report>(`/reports?from=${from}`);
  return (
    <div class="page reports">
      <header class="page-head">
        <h1>{t("nav_reports")}</h1>
        <span class="spacer" />
        <select class="field auto" aria-label={t("range")} value={range} onChange={(e) => setRange(Number(e.currentTarget.value))}>
          {RANGES.map((days) => <option key={days} value={days}>{t("last_days", { n: days })}</option>)}
        </select>
      </header>
      <Problem text={problem} />
      <div class="charts">{data?.measures.map((measure) => <Chart key={measure.name} measure={measure} days={data.days} />)}</div>
      {data && <p class="soft">{t("report_zone", { zone: data.time_zone })}</p>}
    </div>
  );
}

function Chart({ measure, days }: { measure: Measure; days: string[] }) {
  const [table, setTable] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const title = t(`measure_${measure.name}` as Word);
  useEffect(() => {
    if (table || !box.current || measure.n === 0) return;
    let gone = false;
    let stop = () => {};
    void import("./chart").then(({ draw }) => {
      if (gone || !box.current) return;
      stop = draw(box.current, title, days, measure.values.map((one) => one.value), (value) => shown(measure, value), language, (day) => drill(measure, day));
    });
    return () => {
      gone = true;
      stop();
    };
  }, [measure, table]);
  return (
    <section class="sheet chart">
      <div class="sheet-head">
        <div><h2>{title}</h2><p class="figure" data-measure={measure.name}>{shown(measure, measure.total)} <span class="soft">n = {measure.n}</span></p></div>
        <button class="quiet" aria-pressed={table} onClick={() => setTable(!table)}>{table ? t("as_chart") : t("as_table")}</button>
      </div>
      {table ? (
        <div key="table" class="table-box" tabIndex={0} role="region" aria-label={title}>
          <table class="table">
            <thead><tr><th>{t("date")}</th><th class="num">{title}</th><th class="num">n</th></tr></thead>
            <tbody>
              {days.map((day, index) => {
                const one = measure.values[index]!;
                return <tr key={day}><td>{date(day)}</td><td class="num">{shown(measure, one.value)}</td><td class="num">{one.n ? <button class="link" aria-label={t("behind", { n: one.n, day: date(day) })} onClick={() => drill(measure, day)}>{one.n}</button> : 0}</td></tr>;
              })}
            </tbody>
          </table>
        </div>
      ) : (
        <div key="chart" class="chart-box" ref={box}>{measure.n === 0 && <p class="empty">{t("no_figures")}</p>}</div>
      )}
    </section>
  );
}

function drill(measure: Measure, day: string): void {
  show(() => <Behind measure={measure} day={day} />);
}

function Behind({ measure, day }: { measure: Measure; day: string }) {
  const [rows, setRows] = useState<{ row: Row; amount: number; at: string }[] | null>(null);
  useEffect(() => {
    get<{ rows: { row: Row; amount: number; at: string }[] }>(`/reports/conversations?measure=${measure.name}&day=${day}`).then((data) => setRows(data.rows), () => setRows([]));
  }, []);
  return (
    <Dialog title={`${tOf("measure", measure.name)}, ${date(day)}`} wide>
      <ul class="plain-list behind">
        {rows?.map((item, index) => (
          <li key={index}>
            <a href={`/desk/c/${item.row.id}`} onClick={() => document.querySelector("dialog")?.close()}>{item.row.customer.name || t("visitor")} #{item.row.id}</a>
            <Channel name={item.row.channel} />
            <span class="soft">{dateTime(item.at)}</span>
            {measure.unit && <strong>{shown(measure, item.amount)}</strong>}
          </li>
        ))}
        {rows?.length === 0 && <li class="soft">{t("nothing_found")}</li>}
      </ul>
    </Dialog>
  );
}
