// One measure: how it is calculated, its parts, the conversations behind it, target, owner, reviews.
import { useEffect, useState } from "preact/hooks";
import { get, post } from "../lib/api";
import { t, tOf } from "../lib/i18n";
import { dateTime } from "../lib/time";
import { closeDialog, Dialog } from "../ui/dialog";
import { Field, tried } from "./form";
import { Owner } from "./owner";
import { figure, formula, named, read, reference, unit, written, type Figure, type Measure } from "./measures";

interface Detail {
  dims: (Figure & { dim: string })[];
  reviews: { id: number; agent: string; decision: string; created_at: string }[];
}
interface Behind {
  id: number;
  conversation_id: number;
  dim: string;
  value: number;
  at: string;
}
const SHOWN = 8;

export function MeasureDialog({ measure, span, done }: { measure: Measure; span: string; done: () => Promise<void> }) {
  const [detail, setDetail] = useState<Detail | null>(null);
  const [behind, setBehind] = useState<Behind[] | null>(null);
  const load = () => get<Detail>(`/insight/${measure.key}?${span}`).then(setDetail, () => {});
  useEffect(() => void load(), []);
  const look = () => void get<{ rows: Behind[] }>(`/insight/${measure.key}/behind?${span}`).then((data) => setBehind(data.rows), () => setBehind([]));
  return (
    <Dialog title={named(measure)} wide>
      <p>{formula(measure)}</p>
      <p class="soft">{reference(measure)}</p>
      <Aim measure={measure} done={done} />
      {detail && detail.dims.length > 1 && (
        <table class="table">
          <tbody>{detail.dims.slice(0, SHOWN).map((one) => <tr key={one.dim}><td>{one.dim ? tOf("reason", one.dim) : "–"}</td><td class="num">{measure.kind === "count" || measure.kind === "split" ? figure({ unit: "share" }, one.value) : figure(measure, one.value)}</td><td class="num">{one.n}</td></tr>)}</tbody>
        </table>
      )}
      {behind === null ? <p><button class="link" onClick={look}>{t("show_behind", { n: measure.n })}</button></p> : (
        <ul class="plain-list behind">
          {behind.map((one) => <li key={one.id}><a href={`/desk/c/${one.conversation_id}`} onClick={closeDialog}>#{one.conversation_id}</a>{one.dim && <span>{tOf("reason", one.dim)}</span>}<span class="soft">{dateTime(one.at)}</span></li>)}
          {behind.length === 0 && <li class="soft">{t("nothing_found")}</li>}
        </ul>
      )}
      <Reviews measure={measure} detail={detail} done={() => Promise.all([load(), done()])} />
    </Dialog>
  );
}

function Aim({ measure, done }: { measure: Measure; done: () => Promise<void> }) {
  const [target, setTarget] = useState(written(measure, measure.target));
  const [owner, setOwner] = useState(measure.owner_id);
  const save = async (event: Event) => {
    event.preventDefault();
    if (await tried(post(`/insight/${measure.key}/target`, { target: read(measure, target), owner_id: owner }))) await done();
  };
  return (
    <form class="review-line aim" onSubmit={save}>
      {measure.better !== "neither" && <Field label={`${t("target")}${unit(measure) && ` (${unit(measure)})`}`}><input class="field" type="number" step="any" value={target} onInput={(e) => setTarget(e.currentTarget.value)} /></Field>}
      <Field label={t("measure_owner")}><Owner id={owner} none={measure.owner_id === null ? tOf("role", measure.owner) : t("by_role")} choose={setOwner} among={(agent) => agent.role !== "agent"} clearable /></Field>
      <button class="button">{t("save")}</button>
    </form>
  );
}

function Reviews({ measure, detail, done }: { measure: Measure; detail: Detail | null; done: () => Promise<unknown> }) {
  const [decision, setDecision] = useState("");
  const save = async (event: Event) => {
    event.preventDefault();
    if (await tried(post(`/insight/${measure.key}/reviews`, { decision }))) {
      setDecision("");
      await done();
    }
  };
  return (
    <section class="reviews">
      <h3>{t("measure_reviews")}</h3>
      <ul class="plain-list">
        {detail?.reviews.map((one) => <li key={one.id}><span class="grow">{one.decision}</span><span class="soft">{t("reviewed_by", { name: one.agent, time: dateTime(one.created_at) })}</span></li>)}
        {detail?.reviews.length === 0 && <li class="soft">{t("no_reviews")}</li>}
      </ul>
      <form onSubmit={save}>
        <label class="label" for="decision">{t("decision")}</label>
        <textarea id="decision" class="field" rows={2} required maxLength={2000} value={decision} onInput={(e) => setDecision(e.currentTarget.value)} />
        <footer><button class="button primary">{t("record_review")}</button></footer>
      </form>
    </section>
  );
}
