// What an agent does to a conversation. Failures are told; the row that comes back is taken in.
import { ApiError, call as ask, newKey, post, put } from "../lib/api";
import { t } from "../lib/i18n";
import { go, openId } from "../lib/route";
import { line } from "../lib/socket";
import type { FileInfo, Message, Priority, Row } from "../lib/types";
import { toast } from "../ui/toast";
import { explain, flushRows, loadOpen, me, open, pending, putRow, shown } from "./store";

interface Done {
  row: Row | null;
}

/** Run a call about a conversation; tells the agent where it fails. True: done. */
async function run(path: string, body: unknown = {}, method = "POST"): Promise<boolean> {
  try {
    const done = await ask<Done>(method, `/conversations/${path}`, body);
    if (done?.row) {
      putRow(done.row);
      flushRows();
      if (open.value?.row.id === done.row.id) open.value = { ...open.value, row: done.row };
    }
    return true;
  } catch (failure) {
    toast(explain(failure), { bad: true });
    if (failure instanceof ApiError && failure.status === 409) void loadOpen(openId.value);
    return false;
  }
}

export const claim = (id: number) => run(`${id}/claim`);
export const release = (id: number) => run(`${id}/release`);
export const reopen = (id: number) => run(`${id}/reopen`);
export const setPriority = (id: number, priority: Priority) => run(`${id}/priority`, { priority }, "PUT");
export const addTag = (id: number, tag: string) => run(`${id}/tags`, { tag });
export const dropTag = (id: number, tag: string) => run(`${id}/tags/${encodeURIComponent(tag)}`, undefined, "DELETE");
export const setTeam = (id: number, team: number | null) => run(`${id}/team`, { team_id: team }, "PUT");
export const acceptTransfer = (id: number) => run(`${id}/transfer/accept`);
export const declineTransfer = (id: number, comment: string) => run(`${id}/transfer/decline`, { comment });
export const cancelTransfer = (id: number) => run(`${id}/transfer/cancel`);

export async function transfer(id: number, to: { agent_id?: number; team_id?: number }, comment: string): Promise<boolean> {
  const done = await run(`${id}/transfer`, { ...to, comment });
  if (done) toast(t("transferred"));
  return done;
}

export async function snooze(id: number, until: string): Promise<boolean> {
  const done = await run(`${id}/snooze`, { until });
  if (done) toast(t("snoozed"));
  return done;
}

export async function handBack(id: number): Promise<boolean> {
  const done = await run(`${id}/hand-back`);
  if (done) toast(t("handed_back"));
  return done;
}

export async function resolve(id: number, thenNext = false): Promise<boolean> {
  const after = nextOf(id);
  const done = await run(`${id}/resolve`);
  if (done) {
    toast(t("resolved_toast"), { act: { label: t("undo"), run: () => void reopen(id) } });
    if (thenNext) go(after ? `/desk/c/${after}` : "/desk");
  }
  return done;
}

function nextOf(id: number): number | null {
  const list = shown.value;
  const index = list.findIndex((row) => row.id === id);
  return (list[index + 1] ?? list.find((row) => row.id !== id))?.id ?? null;
}

/** Show the message at once and send it until it is recorded, once, however often the line breaks. */
export function say(id: number, mode: "reply" | "note", text: string, files: FileInfo[] = [], mentions: number[] = []): void {
  const draft: Message = {
    id: -Date.now(),
    conversation_id: id,
    author: "agent",
    agent_id: me.value.id,
    name: me.value.name,
    kind: mode === "note" ? "note" : "text",
    public: mode === "reply",
    text,
    at: new Date().toISOString(),
    edited: false,
    deleted: false,
    intent: null,
    confidence: null,
    understanding: null,
    files,
    image: null,
    card: null,
    rating: null,
    response: null,
    mentions,
    reply_to: null,
    key: newKey(),
    delivery: null,
    fix: null,
    sending: true,
  };
  pending.value = [...pending.value, draft];
  void deliver(draft);
}

export async function deliver(draft: Message): Promise<void> {
  mark(draft, { sending: true, failed: undefined });
  const path = draft.public ? "replies" : "notes";
  const files = draft.files.map((file) => file.id);
  const body = { key: draft.key, text: draft.text, files, mentions: draft.mentions };
  for (let attempt = 0; ; attempt++) {
    try {
      const done = await post<Done>(`/conversations/${draft.conversation_id}/${path}`, body);
      if (done.row) putRow(done.row);
      return;
    } catch (failure) {
      const again = failure instanceof ApiError && (failure.code === "offline" || failure.status >= 500);
      if (!again || attempt > 60) return mark(draft, { sending: false, failed: explain(failure) });
      await new Promise((wake) => setTimeout(wake, line.value === "live" ? 700 : 1500));
    }
  }
}

function mark(draft: Message, change: Partial<Message>): void {
  pending.value = pending.value.map((item) => (item.key === draft.key ? { ...item, ...change } : item));
}

export function discard(draft: Message): void {
  pending.value = pending.value.filter((item) => item.key !== draft.key);
}

export async function setPresence(presence: string): Promise<void> {
  try {
    await put("/me/presence", { presence });
    me.value = { ...me.value, wanted: presence as typeof me.value.wanted };
  } catch (failure) {
    toast(explain(failure), { bad: true });
  }
}
