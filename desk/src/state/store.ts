// What the desk knows: who I am, colleagues, the rows of the queue, the open conversation.
import { batch, computed, signal } from "@preact/signals";
import { ApiError, get } from "../lib/api";
import { t } from "../lib/i18n";
import { openId } from "../lib/route";
import type { Agent, Canned, EventFrame, Me, Message, Row, Team, Whole } from "../lib/types";
import { since } from "./recent";

export const me = signal<Me>(null as unknown as Me);
export const agents = signal<Map<number, Agent>>(new Map());
export const teams = signal<Team[]>([]);
export const tags = signal<string[]>([]);
export const canned = signal<Canned[]>([]);

export type View = "mine" | "unassigned" | "all" | "snoozed" | "bot" | "resolved";
export type Sort = "sla" | "newest" | "oldest" | "priority";

export const view = signal<View>((sessionStorage.getItem("view") as View) || "mine");
export const sort = signal<Sort>((localStorage.getItem("sort") as Sort) || "sla");
export const words = signal("");
export const unreadOnly = signal(false);
export const channelFilter = signal("");
export const tagFilter = signal("");

export const rows = signal<Map<number, Row>>(new Map());
export const found = signal<number[] | null>(null);
export const counts = signal<Record<string, number>>({ mine: 0, unassigned: 0, all: 0 });
export const loading = signal(true);
export const listProblem = signal("");
let next: string | null = null;
let asking: AbortController | null = null;

export const open = signal<Whole | null>(null);
export const openProblem = signal<{ status: number; message: string } | null>(null);
export const pending = signal<Message[]>([]);

export function agentName(id: number | null | undefined): string {
  if (id == null) return "";
  return id === me.value.id ? t("me") : (agents.value.get(id)?.name ?? `#${id}`);
}

export function isMine(row: Row): boolean {
  return row.owner === "agent" && row.agent_id === me.value.id;
}

export function inView(row: Row, wanted: View): boolean {
  const isOpen = row.status === "open";
  switch (wanted) {
    case "mine":
      return isOpen && (isMine(row) || row.offered_agent_id === me.value.id);
    case "unassigned":
      return isOpen && row.owner === "queue";
    case "all":
      return isOpen && row.owner !== "bot";
    case "bot":
      return isOpen && row.owner === "bot";
    default:
      return row.status === wanted;
  }
}

const RANK: Record<string, number> = { urgent: 0, high: 1, normal: 2, low: 3 };
const compare: Record<Sort, (a: Row, b: Row) => number> = {
  sla: (a, b) => (a.due_at ? Date.parse(a.due_at) : Infinity) - (b.due_at ? Date.parse(b.due_at) : Infinity),
  newest: (a, b) => Date.parse(b.last_at) - Date.parse(a.last_at),
  oldest: (a, b) => Date.parse(a.last_at) - Date.parse(b.last_at),
  priority: (a, b) => RANK[a.priority]! - RANK[b.priority]!,
};

export const shown = computed<Row[]>(() => {
  const known = rows.value;
  const by = view.value === "resolved" ? compare.newest : compare[sort.value];
  let list: Row[];
  if (found.value) list = found.value.map((id) => known.get(id)).filter((row): row is Row => row !== undefined);
  else {
    list = [...known.values()].filter((row) => inView(row, view.value));
    list.sort((a, b) => by(a, b) || a.id - b.id);
  }
  if (channelFilter.value) list = list.filter((row) => row.channel === channelFilter.value);
  if (tagFilter.value) list = list.filter((row) => row.tags.includes(tagFilter.value));
  return unreadOnly.value ? list.filter((row) => row.unread > 0) : list;
});

export const unreadMine = computed(() => {
  let sum = 0;
  for (const row of rows.value.values()) if (row.status === "open" && isMine(row)) sum += row.unread;
  return sum;
});

interface Page {
  rows: Row[];
  next: string | null;
  counts: Record<string, number>;
  last_seq: number;
}

function query(after = ""): string {
  const params = new URLSearchParams({ view: view.value, sort: sort.value });
  if (words.value) params.set("q", words.value);
  if (channelFilter.value) params.set("channel", channelFilter.value);
  if (tagFilter.value) params.set("tag", tagFilter.value);
  if (after) params.set("after", after);
  return "/conversations?" + params;
}

/** Read the list anew. `forget`: rows not on the page may be hidden from us now. */
export async function loadList(forget = false): Promise<number> {
  asking?.abort();
  const mine = (asking = new AbortController());
  loading.value = true;
  try {
    const page = await get<Page>(query(), mine.signal);
    batch(() => {
      const known = forget ? new Map<number, Row>() : new Map(rows.value);
      for (const row of page.rows) known.set(row.id, row);
      if (!forget && !words.value) dropStale(known, page);
      for (const event of since(page.last_seq)) if (event.row) known.set(event.row.id, event.row);
      rows.value = known;
      found.value = words.value || view.value === "resolved" ? page.rows.map((row) => row.id) : null;
      if (view.value === "resolved" && !words.value) found.value = null;
      counts.value = page.counts;
      listProblem.value = "";
      next = page.next;
    });
    return page.last_seq;
  } catch (failure) {
    if (!mine.signal.aborted && failure instanceof ApiError) listProblem.value = explain(failure);
    return 0;
  } finally {
    if (asking === mine) loading.value = false;
  }
}

/** A complete list says what is no longer in it. */
function dropStale(known: Map<number, Row>, page: Page): void {
  if (page.next !== null) return;
  const there = new Set(page.rows.map((row) => row.id));
  for (const row of known.values()) {
    if (inView(row, view.value) && !there.has(row.id) && !channelFilter.value && !tagFilter.value) known.delete(row.id);
  }
}

let loadingMore = false;
export async function loadMore(): Promise<void> {
  if (!next || loadingMore || loading.value) return;
  loadingMore = true;
  try {
    const page = await get<Page>(query(next));
    batch(() => {
      const known = new Map(rows.value);
      for (const row of page.rows) known.set(row.id, row);
      rows.value = known;
      if (found.value) found.value = [...found.value, ...page.rows.map((row) => row.id)];
      next = page.next;
    });
  } catch {
    // The next scroll asks again.
  } finally {
    loadingMore = false;
  }
}

/** Read before the last change of owner or status that is known here. */
export const isOlder = (row: Row, known: Row) => row.version < known.version;

let countTimer = 0;
/** Counts are read a little later, once for many changes. */
export function countSoon(): void {
  if (countTimer) return;
  countTimer = window.setTimeout(async () => {
    countTimer = 0;
    try {
      counts.value = await get<Record<string, number>>("/counts");
    } catch {
      // The next change asks again.
    }
  }, 400);
}

const changed = new Map<number, Row | null>();
let rowTimer = 0;
/** Take rows into the list, many at once. */
export function putRow(row: Row): void {
  const old = changed.get(row.id) ?? rows.value.get(row.id);
  if (old && isOlder(row, old)) return;
  if (old && (old.owner !== row.owner || old.agent_id !== row.agent_id || old.status !== row.status)) countSoon();
  changed.set(row.id, row);
  rowTimer ||= window.setTimeout(flushRows, 30);
}

export function dropRow(id: number): void {
  changed.set(id, null);
  countSoon();
  rowTimer ||= window.setTimeout(flushRows, 30);
}

export function flushRows(): void {
  rowTimer = 0;
  const known = new Map(rows.value);
  for (const [id, row] of changed) row ? known.set(id, row) : known.delete(id);
  changed.clear();
  rows.value = known;
}

let grow: (whole: Whole, event: EventFrame) => Whole = (whole) => whole;
/** How an event changes an open conversation (state/events.ts). */
export function growWith(how: typeof grow): void {
  grow = how;
}

/** Show a conversation as the server read it, and what happened since; drafts that it holds are sent. */
export function putOpen(read: Whole): void {
  let whole = read;
  for (const event of since(read.last_seq)) if (event.conversation_id === read.row.id) whole = grow(whole, event);
  const known = open.value?.row;
  if (known?.id === whole.row.id && isOlder(whole.row, known)) whole = { ...whole, row: known };
  const recorded = new Set(whole.messages.map((message) => message.key));
  batch(() => {
    open.value = whole;
    pending.value = pending.value.filter((draft) => !recorded.has(draft.key));
    putRow(whole.row);
  });
}

export async function loadOpen(id: number | null): Promise<void> {
  openProblem.value = null;
  if (id === null) {
    open.value = null;
    pending.value = [];
    return;
  }
  if (open.value?.row.id !== id) pending.value = [];
  try {
    const whole = await get<Whole>(`/conversations/${id}`);
    if (openId.value === id) putOpen(whole);
  } catch (failure) {
    if (!(failure instanceof ApiError) || failure.code === "offline") return;
    open.value = null;
    openProblem.value = { status: failure.status, message: explain(failure) };
  }
}

export async function loadAgents(): Promise<void> {
  const data = await get<{ agents: Agent[] }>("/agents");
  agents.value = new Map(data.agents.map((agent) => [agent.id, agent]));
}

/** Words for a failure, in the language of the desk. */
export function explain(failure: unknown): string {
  if (!(failure instanceof ApiError)) return t("failed");
  if (failure.code === "offline") return t("offline");
  if (failure.code === "already_claimed") return t("already_claimed", { name: String(failure.more["name"] ?? "") });
  const known: Record<string, Parameters<typeof t>[0]> = {
    not_owner: "not_owner",
    stale: "stale",
    hidden: "hidden_text",
    not_found: "not_found",
    not_allowed: "not_allowed",
  };
  const key = known[failure.code];
  return key ? t(key) : failure.message || t("failed");
}
