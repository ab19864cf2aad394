// What the assistant shall learn: accept, edit or reject; then train, compare, put live.
import { useEffect, useState } from "preact/hooks";
import { intents, type Intent } from "../inbox/fix";
import { get, post, put } from "../lib/api";
import { t, tOf, type Word } from "../lib/i18n";
import { ago, dateTime, tick } from "../lib/time";
import { sharedChanged } from "../state/shared";
import { explain } from "../state/store";
import { Icon } from "../ui/icon";
import { toast } from "../ui/toast";
import { Problem, tried } from "./form";

interface Item {
  id: number;
  kind: string;
  conversation_id: number | null;
  text: string;
  was_intent: string | null;
  confidence: number | null;
  intent: string | null;
  state: string;
  by: string | null;
  reviewer: string | null;
  at: string;
  reviewed_at: string | null;
}
interface Page {
  rows: Item[];
  next: number | null;
  open: number;
}
interface Measured {
  accuracy: number | null;
  examples: number | null;
  model: string | null;
}
interface TrainingState {
  last: { id: number; state: string; examples: number; before: Measured | null; after: Measured | null; error: string | null; started_at: string; finished_at: string | null; live_at: string | null } | null;
  lines: string[];
  now: Measured | null;
}

const STATES = ["open", "accepted", "rejected"];

export function Review() {
  const [state, setState] = useState("open");
  const [page, setPage] = useState<Page | null>(null);
  const [known, setKnown] = useState<Intent[]>([]);
  const [problem, setProblem] = useState("");
  const load = async (before?: number) => {
    try {
      const found = await get<Page>(`/review?state=${state}${before ? `&before=${before}` : ""}`);
      setPage((old) => (before && old ? { ...found, rows: [...old.rows, ...found.rows] } : found));
    } catch (failure) {
      setProblem(explain(failure));
    }
  };
  useEffect(() => void load(), [state]);
  useEffect(() => void intents().then(setKnown, () => {}), []);
  const gone = (id: number) => setPage((old) => old && { ...old, open: Math.max(0, old.open - (state === "open" ? 1 : 0)), rows: old.rows.filter((row) => row.id !== id) });
  return (
    <div class="page">
      <header class="page-head"><h1>{t("review_title")}</h1></header>
      <p class="soft lead">{t("review_lead")}</p>
      <Training />
      <div class="tabs page-tabs">
        {STATES.map((name) => (
          <button class="tab" key={name} aria-pressed={state === name} onClick={() => setState(name)}>
            {t(`review_${name}` as Word)}{name === "open" && page && <span class="count">{page.open}</span>}
          </button>
        ))}
      </div>
      <Problem text={problem} />
      <datalist id="intents">{known.map((intent) => <option value={intent.name} key={intent.name}>{intent.example}</option>)}</datalist>
      <ul class="cards review">
        {page?.rows.map((item) => <Card key={item.id} item={item} gone={gone} />)}
      </ul>
      {page && page.rows.length === 0 && <div class="empty"><Icon name="check" size={28} /><p>{t("review_empty")}</p></div>}
      {page?.next && <button class="button" onClick={() => load(page.next!)}>{t("load_more")}</button>}
    </div>
  );
}

function Card({ item, gone }: { item: Item; gone: (id: number) => void }) {
  const [text, setText] = useState(item.text);
  const [intent, setIntent] = useState(item.intent ?? "");
  const decide = async (state: string) => {
    const body = state === "accepted" ? { state, text, intent } : { state };
    if (await tried(put(`/review/${item.id}`, body), t(`review_done_${state}` as Word))) gone(item.id);
  };
  const field = `text-${item.id}`;
  return (
    <li class="card review-card">
      <p class="review-meta">
        <span class="chip">{tOf("review_kind", item.kind)}</span>
        {item.was_intent && <span>{t("understood_as")} <code>{item.was_intent}</code> {item.confidence !== null && <span class={`sure${item.confidence < 60 ? " low" : ""}`}>{item.confidence}%</span>}</span>}
        <span class="soft">{item.by ? t("said_who", { name: item.by, ago: ago(item.at, tick.value) }) : ago(item.at, tick.value)}</span>
        {item.conversation_id && <a href={`/desk/c/${item.conversation_id}`}>#{item.conversation_id}</a>}
      </p>
      {item.state === "open" ? (
        <form onSubmit={(event) => { event.preventDefault(); void decide("accepted"); }}>
          <label class="grow" for={field}><span class="label">{t("example")}</span></label>
          <input id={field} class="field" required maxLength={500} value={text} onInput={(e) => setText(e.currentTarget.value)} />
          <div class="review-line">
            <label class="grow"><span class="label">{t("means_label")}</span><input class="field" required list="intents" placeholder={item.kind === "correction" && !item.intent ? t("none_of_these") : t("choose_topic")} value={intent} onInput={(e) => setIntent(e.currentTarget.value)} /></label>
            <button type="button" class="button" onClick={() => decide("rejected")}>{t("reject")}</button>
            <button class="button primary">{t("accept")}</button>
          </div>
        </form>
      ) : (
        <div class="review-line">
          <p class="grow"><q>{item.text}</q> {item.state === "accepted" && <><span aria-hidden="true">→</span> <code>{item.intent}</code></>}<br /><span class="soft">{t("reviewed_by", { name: item.reviewer ?? "", time: item.reviewed_at ? dateTime(item.reviewed_at) : "" })}</span></p>
          <button class="button small" onClick={() => decide("open")}>{t("review_again")}</button>
        </div>
      )}
    </li>
  );
}

const percent = (value: number | null | undefined) => (value == null ? "–" : `${(value * 100).toFixed(1)} %`);

function Training() {
  const [data, setData] = useState<TrainingState | null>(null);
  const [busy, setBusy] = useState(false);
  const load = () => get<TrainingState>("/training").then(setData, () => {});
  useEffect(() => void load(), [sharedChanged.value]);
  const last = data?.last;
  const running = last?.state === "running";
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(load, 3000);
    return () => clearInterval(timer);
  }, [running]);
  const run = async (path: string, word: Word) => {
    setBusy(true);
    try {
      await post(path);
      toast(t(word));
    } catch (failure) {
      toast(explain(failure), { bad: true });
    }
    await load();
    setBusy(false);
  };
  if (!data) return null;
  const gain = last?.after?.accuracy != null && last.before?.accuracy != null ? last.after.accuracy - last.before.accuracy : null;
  return (
    <section class="sheet training" aria-live="polite">
      <div class="sheet-head">
        <div><h2>{t("training")}</h2><p class="soft">{t("training_lead")}</p></div>
        <button class="button primary" disabled={running || busy} onClick={() => run("/training", "training_begun")}>{running ? t("training_runs") : t("train_now")}</button>
      </div>
      <dl class="figures">
        <div><dt>{last?.after ? t("accuracy_before") : t("accuracy_now")}</dt><dd>{percent(last?.after ? last.before?.accuracy : data.now?.accuracy)}</dd></div>
        {last?.after && <div><dt>{t("accuracy_after")}</dt><dd>{percent(last.after.accuracy)} {gain !== null && <span class={gain < 0 ? "delta bad" : "delta"}>{gain >= 0 ? "+" : "−"}{Math.abs(gain * 100).toFixed(1)}</span>}</dd></div>}
        {last && <div><dt>{t("learnt_from")}</dt><dd>{last.examples}</dd></div>}
      </dl>
      {running && <pre class="log">{data.lines.join("\n")}</pre>}
      {last?.state === "failed" && <p class="problem" role="alert">{last.error}</p>}
      {last?.state === "done" && (
        <p class="live-line">
          {last.live_at ? t("live_since", { time: dateTime(last.live_at) }) : <button class="button" disabled={busy} onClick={() => run("/training/live", "now_live")}>{t("go_live")}</button>}
          {!last.live_at && <span class="soft">{t("go_live_hint")}</span>}
        </p>
      )}
    </section>
  );
}
