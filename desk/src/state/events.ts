// Applying what the socket tells: each numbered event once, transient frames as they come.
import { batch, signal } from "@preact/signals";
import { get } from "../lib/api";
import { openId } from "../lib/route";
import type { EventFrame, Frame, Message, Whole } from "../lib/types";
import { alertAbout } from "./alerts";
import { hearNotification } from "./mentions";
import { remember } from "./recent";
import { agents, countSoon, dropRow, growWith, isOlder, loadAgents, loadList, loadOpen, me, open, pending, putOpen, putRow } from "./store";
import { loadShared, sharedChanged } from "./shared";

export const customerTyping = signal<number | null>(null);
export const viewers = signal<Map<number, { name: string; typing: boolean; until: number }>>(new Map());
/** Grows when a recovery case was opened, assigned, closed or opened again. */
export const casesChanged = signal(0);
const TYPING_SHOWN = 6000;
const VIEWING_SHOWN = 30000;
let typingTimer = 0;

export function hear(frame: Frame): void {
  switch (frame.type) {
    case "event":
      return batch(() => apply(frame));
    case "presence": {
      const known = new Map(agents.value);
      for (const [id, presence] of Object.entries(frame.agents)) {
        const agent = known.get(Number(id));
        if (agent) known.set(agent.id, { ...agent, presence });
        else void loadAgents();
      }
      agents.value = known;
      return;
    }
    case "typing":
      if (frame.author === "customer" && frame.conversation_id === openId.value) showTyping(frame.conversation_id);
      return;
    case "viewing":
      return see(frame);
    case "notify":
      return hearNotification(frame.notification);
    case "settings":
      sharedChanged.value++;
      if (frame.what === "people") void loadAgents();
      else if (frame.what !== "training") void loadShared();
      return;
  }
}

function showTyping(id: number): void {
  customerTyping.value = id;
  clearTimeout(typingTimer);
  typingTimer = window.setTimeout(() => (customerTyping.value = null), TYPING_SHOWN);
}

function see(frame: Extract<Frame, { type: "viewing" }>): void {
  if (frame.conversation_id !== openId.value || frame.agent_id === me.value.id) return;
  const now = new Map(viewers.value);
  const old = now.get(frame.agent_id);
  if (!frame.on) now.delete(frame.agent_id);
  else {
    const until = Date.now() + (frame.typing ? TYPING_SHOWN : VIEWING_SHOWN);
    now.set(frame.agent_id, { name: frame.name, typing: frame.typing, until: Math.max(until, old?.until ?? 0) });
    if (frame.typing) setTimeout(() => stopTyping(frame.agent_id), TYPING_SHOWN);
  }
  viewers.value = now;
}

function stopTyping(agentId: number): void {
  const viewer = viewers.value.get(agentId);
  if (viewer) viewers.value = new Map(viewers.value).set(agentId, { ...viewer, typing: false });
}

/** Colleagues who have not been heard of for a while are not looking any more. */
export function sweepViewers(now: number): void {
  const kept = [...viewers.value].filter(([, viewer]) => viewer.until > now);
  if (kept.length !== viewers.value.size) viewers.value = new Map(kept);
}

function apply(event: EventFrame): void {
  const id = event.conversation_id;
  if (id === null) return;
  remember(event);
  if (event.kind.startsWith("recovery.")) casesChanged.value++;
  if (event.kind === "conversation.hidden") {
    dropRow(id);
    if (open.value?.row.id === id) void loadOpen(id);
    return;
  }
  if (event.kind.startsWith("conversation.")) countSoon();
  if (event.row) putRow(event.row);
  alertAbout(event);
  const whole = open.value;
  if (!whole || whole.row.id !== id || event.seq <= whole.last_seq) return;
  open.value = grown(whole, event);
}

const RELOADS = /^(handoff|feedback|transfer|rating|customer)\./;

function grown(whole: Whole, event: EventFrame): Whole {
  const next: Whole = { ...whole, last_seq: event.seq };
  if (event.row && !isOlder(event.row, whole.row)) next.row = event.row;
  if (event.message) {
    next.messages = merged(whole.messages, event.message);
    pending.value = pending.value.filter((draft) => draft.key !== event.message!.key);
    if (event.message.author === "customer" && customerTyping.value === whole.row.id) customerTyping.value = null;
  }
  if (event.kind === "message.seen" && event.data["by"] === "customer") {
    next.seen = { seq: Number(event.data["seq"]), at: event.at };
  }
  if (RELOADS.test(event.kind)) void refresh(whole.row.id);
  return next;
}

growWith(grown);

function merged(known: Message[], message: Message): Message[] {
  const index = known.findIndex((item) => item.id === message.id);
  if (index < 0) return [...known, message];
  const copy = known.slice();
  copy[index] = { ...message, seq: known[index]!.seq ?? message.seq };
  return copy;
}

let refreshTimer = 0;
/** What is around the messages has changed: read it, keep the messages. */
async function refresh(id: number): Promise<void> {
  clearTimeout(refreshTimer);
  refreshTimer = window.setTimeout(async () => {
    try {
      const fresh = await get<Whole>(`/conversations/${id}`);
      const now = open.value;
      if (!now || now.row.id !== id) return;
      let messages = now.messages;
      for (const message of fresh.messages) messages = merged(messages, message);
      messages = messages.slice().sort((a, b) => a.id - b.id);
      putOpen({ ...fresh, messages, more: now.more });
    } catch {
      // The next event asks again.
    }
  }, 60);
}

/** The line is back: after a gap, or where rows may have been hidden meanwhile, read anew. */
export function renew(gap: boolean): void {
  void loadAgents();
  if (gap || me.value.sight !== "all") {
    void loadList(true);
    void loadOpen(openId.value);
  }
}
