// Recovery cases: a complaint or a low score, who answers for it, until when, and what was done.
import { useState } from "preact/hooks";
import { post } from "../lib/api";
import { t, tOf, type Word } from "../lib/i18n";
import { dateTime, short, tick } from "../lib/time";
import { casesChanged } from "../state/events";
import { agentName } from "../state/store";
import { Icon } from "../ui/icon";
import { Problem, tried, useLoaded } from "./form";
import { Owner } from "./owner";

interface Case {
  id: number;
  reference: string;
  conversation_id: number;
  reason: string;
  state: "open" | "closed";
  owner_id: number | null;
  due_at: string;
  opened_at: string;
  closed_at: string | null;
  closed_by: number | null;
  done: string;
  reopened: number;
  customer: string | null;
  score: number | null;
  comment: string | null;
}

const STATES = ["open", "closed", "all"];

export function Cases() {
  const [state, setState] = useState("open");
  const [mine, setMine] = useState(false);
  const [data, load, problem] = useLoaded<{ rows: Case[] }>(`/cases?state=${state}${mine ? "&mine=1" : ""}`, casesChanged.value);
  const rows = data?.rows;
  return (
    <div class="page">
      <header class="page-head"><h1>{t("nav_cases")}</h1></header>
      <p class="soft lead">{t("cases_lead")}</p>
      <div class="tabs page-tabs">
        {STATES.map((name) => <button class="tab" key={name} aria-pressed={state === name} onClick={() => setState(name)}>{t(`cases_${name}` as Word)}</button>)}
        <span class="spacer" />
        <label class="check-line"><input type="checkbox" checked={mine} onChange={(e) => setMine(e.currentTarget.checked)} />{t("only_mine")}</label>
      </div>
      <Problem text={problem} />
      <ul class="cards">{rows?.map((item) => <Card key={`${item.id}-${item.state}`} item={item} load={load} />)}</ul>
      {rows?.length === 0 && <div class="empty"><Icon name="check" size={28} /><p>{t("no_cases")}</p></div>}
    </div>
  );
}

function Card({ item, load }: { item: Case; load: () => Promise<void> }) {
  const act = async (path: string, body: unknown, word: Word) => {
    if (await tried(post(`/cases/${item.id}/${path}`, body), t(word))) await load();
  };
  const title = `case-${item.id}`;
  return (
    <li class="card case" aria-labelledby={title}>
      <div class="case-head">
        <h2 id={title}>{item.reference}</h2>
        <span class="chip">{tOf("feedback", item.reason)}{item.score !== null && ` ${item.score}`}</span>
        {item.reopened > 0 && <span class="chip warn">{t("reopened_n", { n: item.reopened })}</span>}
        <span class="spacer" />
        {item.state === "open" ? <Due at={item.due_at} /> : <span class="soft">{t("closed_by", { name: agentName(item.closed_by) || t("system"), time: item.closed_at ? dateTime(item.closed_at) : "" })}</span>}
      </div>
      <p><a href={`/desk/c/${item.conversation_id}`}>{item.customer || t("visitor")} #{item.conversation_id}</a> <span class="soft">{dateTime(item.opened_at)}</span></p>
      {item.comment && <blockquote class="quoted">{item.comment}</blockquote>}
      {item.done && <p class="case-done"><strong>{t("told")}</strong> {item.done}</p>}
      <div class="review-line">
        <label><span class="label">{t("case_owner")}</span><Owner id={item.owner_id} none={t("no_owner")} choose={(id) => act("assign", { owner_id: id }, "saved")} auto /></label>
        <span class="spacer" />
        {item.state === "closed" && <button class="button" onClick={() => act("reopen", {}, "case_open_again")}>{t("reopen")}</button>}
      </div>
      {item.state === "open" && <Close item={item} close={(done) => act("close", { done }, "case_closed")} />}
    </li>
  );
}

function Due({ at }: { at: string }) {
  const left = (Date.parse(at) - tick.value) / 1000;
  const word = left < 0 ? "case_late" : "case_due";
  return <span class={`due${left < 0 ? " late" : left < 7200 ? " soon" : ""}`} title={dateTime(at)}>{t(word, { time: short(left) })}</span>;
}

function Close({ item, close }: { item: Case; close: (done: string) => Promise<void> }) {
  const [done, setDone] = useState(item.done);
  const field = `done-${item.id}`;
  return (
    <form onSubmit={(event) => { event.preventDefault(); void close(done); }}>
      <label class="label" for={field}>{t("case_what")}</label>
      <textarea id={field} class="field" rows={2} required maxLength={2000} value={done} onInput={(e) => setDone(e.currentTarget.value)} />
      <div class="review-line"><span class="soft grow">{t("case_hint")}</span><button class="button primary">{t("case_close")}</button></div>
    </form>
  );
}
