// The weekly customer agenda: what customers told us, what it costs, what we propose; and what of it
// was done and published.
import { useState } from "preact/hooks";
import { post } from "../lib/api";
import { t, tOf, type Word } from "../lib/i18n";
import { date, short } from "../lib/time";
import { percent } from "./measures";
import { closeDialog, Dialog, show } from "../ui/dialog";
import { Field, Problem, tried, useLoaded } from "./form";
import { Owner } from "./owner";

interface Item {
  id: number;
  kind: string;
  told: { label: string; n: number; now?: number; usual?: number; share?: number; conversation_ids?: number[] };
  costs: { conversations: number; people_seconds: number };
  proposal: string; // empty: the one that such an item begins with
  state: string;
  owner_id: number | null;
  decided_by: number | null;
  said: string;
  did: string;
  published_at: string | null;
}
interface Week {
  week: string;
  items: Item[];
}
const WEEK = 7 * 86400000;
const SHOWN = 3;

export function Agenda() {
  const [at, setAt] = useState(() => new Date().toISOString().slice(0, 10));
  const [data, load, problem] = useLoaded<Week>(`/agenda?week=${at}`);
  const move = (step: number) => setAt(new Date(Date.parse(data?.week ?? at) + step * WEEK).toISOString().slice(0, 10));
  const write = async () => (await tried(post("/agenda", { week: at }), t("agenda_written"))) && load();
  return (
    <section class="sheet agenda" aria-label={t("agenda")}>
      <div class="sheet-head">
        <div><h2>{t("agenda")}</h2><p class="soft">{t("agenda_lead")}</p></div>
        <button class="button primary" onClick={write}>{data?.items.length ? t("agenda_again") : t("agenda_write")}</button>
      </div>
      <p class="weeks">
        <button class="button small" onClick={() => move(-1)}>{t("week_before")}</button>
        <strong>{data && t("week_of", { day: date(data.week) })}</strong>
        <button class="button small" onClick={() => move(1)}>{t("week_after")}</button>
      </p>
      <Problem text={problem} />
      <ul class="plain-list">{data?.items.map((item) => <Line key={`${item.id}-${item.proposal}`} item={item} load={load} />)}</ul>
      {data?.items.length === 0 && <p class="soft">{t("agenda_empty")}</p>}
    </section>
  );
}

/** What is proposed: what somebody wrote, or else what follows from what was told. */
function proposed({ kind, told, proposal }: Item): string {
  const { label, n, now = 0, usual = 0, share = 0 } = told;
  return proposal || t(`propose_${kind}` as Word, { label: tOf("reason", label), n, now, usual, share: percent(share) });
}

function Line({ item, load }: { item: Item; load: () => Promise<void> }) {
  const begun = proposed(item);
  const [proposal, setProposal] = useState(begun);
  const decide = async (state: string, more: object = {}) => {
    const changed = proposal === begun ? {} : { proposal };
    if (await tried(post(`/agenda/${item.id}`, { state, ...changed, ...more }))) await load();
  };
  const withdraw = async () => (await tried(post(`/agenda/${item.id}/withdraw`))) && load();
  const field = `proposal-${item.id}`;
  return (
    <li class="agenda-item">
      <p class="review-meta">
        <span class="chip">{tOf("agenda_kind", item.kind)}</span>
        <strong>{tOf("reason", item.told.label)}</strong> <span class="soft">n = {item.told.n}</span>
        <span class="soft">{t("agenda_cost", { n: item.costs.conversations, time: short(item.costs.people_seconds) })}</span>
        {item.told.conversation_ids?.slice(0, SHOWN).map((id) => <a key={id} href={`/desk/c/${id}`}>#{id}</a>)}
        <span class="spacer" />
        <span class={`chip state-${item.state}`}>{t(`agenda_${item.state}` as Word)}</span>
      </p>
      <label class="hidden" for={field}>{t("proposal")}</label>
      <textarea id={field} class="field" rows={2} maxLength={500} value={proposal} onInput={(e) => setProposal(e.currentTarget.value)} />
      <div class="review-line">
        <label class="grow"><span class="hidden">{t("case_owner")}</span><Owner id={item.owner_id} none={t("no_owner")} choose={(id) => decide(item.state, { owner_id: id })} auto /></label>
        {item.state !== "accepted" && item.state !== "done" && <button class="button small" onClick={() => decide("accepted")}>{t("accept")}</button>}
        {item.state !== "rejected" && item.state !== "done" && <button class="button small" onClick={() => decide("rejected")}>{t("reject")}</button>}
        {item.state === "accepted" && <button class="button small primary" onClick={() => decide("done")}>{t("agenda_finish")}</button>}
        {item.state === "done" && !item.published_at && <button class="button small primary" onClick={() => show(() => <Publish item={item} load={load} />)}>{t("publish")}</button>}
        {item.published_at && <button class="button small" onClick={withdraw}>{t("unpublish")}</button>}
      </div>
      {item.published_at && <p class="soft">{t("published", { said: item.said, did: item.did })}</p>}
    </li>
  );
}

function Publish({ item, load }: { item: Item; load: () => Promise<void> }) {
  const [said, setSaid] = useState(item.said);
  const [did, setDid] = useState(item.did || proposed(item));
  const save = async (event: Event) => {
    event.preventDefault();
    if (!(await tried(post(`/agenda/${item.id}/publish`, { said, did })))) return;
    closeDialog();
    await load();
  };
  return (
    <Dialog title={t("publish_title")}>
      <form onSubmit={save}>
        <p class="soft">{t("publish_hint")}</p>
        <Field label={t("you_said")}><textarea class="field" rows={2} required maxLength={500} value={said} onInput={(e) => setSaid(e.currentTarget.value)} /></Field>
        <Field label={t("we_did")}><textarea class="field" rows={2} required maxLength={500} value={did} onInput={(e) => setDid(e.currentTarget.value)} /></Field>
        <footer><button type="button" class="button" onClick={closeDialog}>{t("cancel")}</button><button class="button primary">{t("publish")}</button></footer>
      </form>
    </Dialog>
  );
}
