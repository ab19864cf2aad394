// What the assistant shall learn: accept, edit or reject. Then it is trained (training.tsx).
import { useEffect, useState } from "preact/hooks";
import { intents, type Intent } from "../inbox/fix";
import { get, put } from "../lib/api";
import { t, tOf, type Word } from "../lib/i18n";
import { ago, dateTime, tick } from "../lib/time";
import { explain } from "../state/store";
import { Icon } from "../ui/icon";
import { Problem, tried } from "./form";
import { Training } from "./training";

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
