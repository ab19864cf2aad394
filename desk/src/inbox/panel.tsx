// Beside the transcript: the customer, why people were asked, suggestions, the past, what was done.
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { get } from "../lib/api";
import { t, tOf } from "../lib/i18n";
import { ago, date, dateTime, tick } from "../lib/time";
import type { Whole } from "../lib/types";
import { Avatar } from "../ui/bits";
import { Icon, type IconName } from "../ui/icon";
import { agentName } from "../state/store";
import { insertion, mode } from "./mode";

export const panelShown = signal(matchMedia("(min-width: 1180px)").matches);

export function Panel({ whole }: { whole: Whole }) {
  return (
    <aside class="panel" aria-label={t("panel")}>
      <Who whole={whole} />
      <Why whole={whole} />
      <Suggested whole={whole} />
      <Before whole={whole} />
      <Activity whole={whole} />
    </aside>
  );
}

function Part({ title, icon, children }: { title: string; icon: IconName; children: ComponentChildren }) {
  return (
    <section class="part">
      <h2><Icon name={icon} size={15} />{title}</h2>
      {children}
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return <><dt>{name}</dt><dd>{children}</dd></>;
}

function Who({ whole: { customer, conversation, row } }: { whole: Whole }) {
  const name = customer.name || t("visitor_n", { id: customer.id });
  const context = conversation.context;
  const page = typeof context["page"] === "string" ? context["page"] : null;
  const zone = typeof context["time_zone"] === "string" ? context["time_zone"] : null;
  return (
    <section class="part who">
      <div class="who-line">
        <Avatar name={name} seed={customer.id} />
        <div>
          <h2>{name}</h2>
          <p class={customer.verified ? "proof yes" : "proof"}>{customer.verified ? <><Icon name="shield" size={14} />{t("verified")}</> : t("unverified")}</p>
        </div>
      </div>
      <dl>
        {customer.email && <Fact name={t("email")}>{customer.email}</Fact>}
        {Object.entries(customer.attributes).slice(0, 12).map(([key, value]) => <Fact name={key} key={key}>{String(value)}</Fact>)}
        {page && <Fact name={t("page")}><span>{page}</span></Fact>}
        {zone && <Fact name={t("local_time")}>{localTime(zone, tick.value)}</Fact>}
        {customer.language && <Fact name={t("language")}>{customer.language}</Fact>}
        <Fact name={t("channels")}>{customer.identities.filter((known) => known.channel !== "shop").map((known) => tOf("channel", known.channel)).join(", ") || tOf("channel", row.channel)}</Fact>
        <Fact name={t("since")}>{date(customer.since)}</Fact>
      </dl>
    </section>
  );
}

function localTime(zone: string, now: number): string {
  try {
    return new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone }).format(now);
  } catch {
    return "";
  }
}

function Why({ whole }: { whole: Whole }) {
  const handoff = whole.handoffs[whole.handoffs.length - 1];
  const slots = Object.entries({ ...whole.slots, ...(handoff?.slots ?? {}) }).filter(([, value]) => value !== null && value !== "" && typeof value !== "object");
  if (!handoff && !slots.length) return null;
  return (
    <Part title={t("why")} icon="bolt">
      {handoff && <p class="reason">{tOf("reason", handoff.reason)} <span class="soft">{ago(handoff.requested_at, tick.value)}</span></p>}
      {handoff?.summary && <p class="summary">{handoff.summary}</p>}
      {slots.length > 0 && (
        <dl>{slots.slice(0, 14).map(([key, value]) => <Fact name={key.replace(/_/g, " ")} key={key}>{String(value)}</Fact>)}</dl>
      )}
    </Part>
  );
}

interface Suggestion {
  topic: string;
  title: string;
  text: string;
  score: number;
}

function Suggested({ whole }: { whole: Whole }) {
  const [list, setList] = useState<Suggestion[]>([]);
  const last = [...whole.messages].reverse().find((message) => message.author === "customer" && message.text);
  useEffect(() => {
    if (!last) return setList([]);
    const stop = new AbortController();
    get<{ suggestions: Suggestion[] }>(`/conversations/${whole.row.id}/suggestions`, stop.signal).then((data) => setList(data.suggestions), () => {});
    return () => stop.abort();
  }, [whole.row.id, last?.id]);
  if (!list.length) return null;
  const insert = (text: string) => {
    mode.value = "reply";
    insertion.value = { id: whole.row.id, text };
  };
  return (
    <Part title={t("suggested")} icon="book">
      <ol class="suggestions">
        {list.map((item) => (
          <li key={item.topic}>
            <details>
              <summary>{item.title}</summary>
              <p>{item.text}</p>
            </details>
            <button class="button small" aria-label={t("insert_label", { title: item.title })} onClick={() => insert(item.text)}>{t("insert")}</button>
          </li>
        ))}
      </ol>
    </Part>
  );
}

function Before({ whole }: { whole: Whole }) {
  const ratings = [...whole.feedback.filter((item) => item.score !== null), ...whole.past.flatMap((item) => item.ratings)];
  const comments = whole.feedback.filter((item) => item.comment);
  return (
    <Part title={t("past", { n: whole.past.length })} icon="clock">
      {ratings.length > 0 && (
        <p class="ratings">{ratings.slice(0, 8).map((item) => <span class={`score ${(item.score ?? 0) <= 2 && item.kind !== "thumb" ? "low" : ""}`}>{tOf("feedback", item.kind)} {item.score}</span>)}</p>
      )}
      {comments.map((item) => <blockquote class="quoted" key={item.id}>{item.comment}</blockquote>)}
      {whole.past.length === 0 && <p class="soft">{t("no_past")}</p>}
      <ul class="past">
        {whole.past.map((item) => (
          <li key={item.id}>
            <a href={`/desk/c/${item.id}`}>
              <span>{item.last?.text || `#${item.id}`}</span>
              <span class="soft">{date(item.opened_at)} · {tOf("channel", item.channel)}</span>
            </a>
          </li>
        ))}
      </ul>
    </Part>
  );
}

interface Act {
  id: number;
  agent_id: number | null;
  name: string | null;
  action: string;
  data: Record<string, unknown>;
  at: string;
}

function Activity({ whole }: { whole: Whole }) {
  const [rows, setRows] = useState<Act[]>([]);
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (!shown) return;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      get<{ rows: Act[] }>(`/conversations/${whole.row.id}/activity`, stop.signal).then((data) => setRows(data.rows), () => {});
    }, 150);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [whole.row.id, whole.last_seq, shown]);
  return (
    <Part title={t("activity")} icon="review">
      {!shown && <button class="link" onClick={() => setShown(true)}>{t("show_activity")}</button>}
      {shown && (
        <ul class="activity">
          {rows.map((row) => (
            <li key={row.id}>
              <span>{row.agent_id ? agentName(row.agent_id) : t("system")}: {tOf("audit", row.action.replace(/\./g, "_"))}</span>
              <time class="soft" dateTime={row.at}>{dateTime(row.at)}</time>
            </li>
          ))}
          {rows.length === 0 && <li class="soft">{t("nothing_yet")}</li>}
        </ul>
      )}
    </Part>
  );
}
