// One conversation in the queue.
import { memo } from "preact/compat";
import { t, tOf } from "../lib/i18n";
import { ago, countdown } from "../lib/time";
import type { Row } from "../lib/types";
import { agentName, isMine, me } from "../state/store";
import { Avatar, Channel } from "../ui/bits";
import { ROW_HEIGHT } from "./list";

export function lateBy(row: Row, now: number): number | null {
  return row.due_at && row.status === "open" ? (Date.parse(row.due_at) - now) / 1000 : null;
}

export function Due({ row, now }: { row: Row; now: number }) {
  const left = lateBy(row, now);
  if (left === null) return null;
  if (left < 0) return <span class="due late">{t("late")} {countdown(-left)}</span>;
  return <span class={left < 120 ? "due soon" : "due"}>{countdown(left)}</span>;
}

interface Props {
  row: Row;
  index: number;
  total: number;
  now: number;
  current: boolean;
}

function Plain({ row, index, total, now, current }: Props) {
  const name = row.customer.name || t("visitor_n", { id: row.customer.id });
  const left = lateBy(row, now);
  const owner = row.offered_agent_id === me.value.id ? t("offered_to_you") : isMine(row) ? "" : agentName(row.agent_id);
  const classes = ["row"];
  if (current) classes.push("current");
  if (row.unread) classes.push("unread");
  if (left !== null && left < 0) classes.push("is-late");
  return (
    <li class="row-place" style={{ transform: `translateY(${index * ROW_HEIGHT}px)` }} aria-setsize={total} aria-posinset={index + 1}>
      <a class={classes.join(" ")} href={`/desk/c/${row.id}`} data-id={row.id} aria-current={current ? "true" : undefined}>
        <Avatar name={name} seed={row.customer.id} />
        <span class="row-main">
          <span class="row-top">
            <span class="row-name">{name}</span>
            {row.priority !== "normal" && <span class={`prio ${row.priority}`}>{tOf("priority", row.priority)}</span>}
            <span class="row-time">{ago(row.last_at, now)}</span>
          </span>
          <span class="row-text">
            <span class="row-last">
              {row.last && row.last.author !== "customer" && <span class="by">{tOf("author", row.last.author)}: </span>}
              {row.last?.text || (row.last ? tOf("kind", row.last.kind) : "")}
            </span>
            {row.unread > 0 && <span class="badge" aria-label={t("unread_n", { n: row.unread })}>{row.unread}</span>}
          </span>
          <span class="row-foot">
            <Channel name={row.channel} />
            {row.reason && row.owner === "queue" && <span class="chip">{tOf("reason", row.reason)}</span>}
            {row.tags.slice(0, 2).map((tag) => <span class="chip" key={tag}>{tag}</span>)}
            {owner && row.owner !== "queue" && <span class="row-owner">{owner}</span>}
            <Due row={row} now={now} />
          </span>
        </span>
      </a>
    </li>
  );
}

/** Rows redraw with their own changes, and with the clock only where a clock is shown. */
export const QueueRow = memo(Plain, (a, b) => {
  if (a.row !== b.row || a.index !== b.index || a.total !== b.total || a.current !== b.current) return false;
  if (a.now === b.now) return true;
  return a.row.due_at === null && Math.floor(a.now / 15000) === Math.floor(b.now / 15000);
});
