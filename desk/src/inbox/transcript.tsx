// What was said, in order: customers, the bot with its understanding, agents, notes and marks.
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { get } from "../lib/api";
import { sure } from "../lib/confidence";
import { t, tOf } from "../lib/i18n";
import { Text } from "../lib/markdown";
import { clock, day } from "../lib/time";
import type { Message, Whole } from "../lib/types";
import { deliver, discard } from "../state/actions";
import { customerTyping, viewers } from "../state/events";
import { agentName, me, open, pending } from "../state/store";
import { Avatar } from "../ui/bits";
import { Files } from "./files";
import { fixMeaning } from "./fix";
import { markOf } from "./marks";

export function Transcript({ whole }: { whole: Whole }) {
  const box = useRef<HTMLDivElement>(null);
  const stick = useRef(true);
  const all = [...whole.messages, ...pending.value.filter((item) => item.conversation_id === whole.row.id)];
  const count = all.length;
  useLayoutEffect(() => {
    stick.current = true;
  }, [whole.row.id]);
  useLayoutEffect(() => {
    if (stick.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [whole.row.id, count, whole.handoffs, customerTyping.value]);
  useEffect(() => {
    const element = box.current!;
    const watch = new ResizeObserver(() => stick.current && (element.scrollTop = element.scrollHeight));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  const seen = lastSeen(whole);
  return (
    <div
      class="transcript"
      ref={box}
      tabIndex={0}
      role="log"
      aria-label={t("transcript")}
      onScroll={(event) => {
        const element = event.currentTarget;
        stick.current = element.scrollHeight - element.scrollTop - element.clientHeight < 80;
      }}
    >
      {whole.more && (
        <button class="button earlier" onClick={() => loadEarlier(whole, box.current!)}>
          {t("load_earlier")}
        </button>
      )}
      {all.map((message, index) => (
        <Entry key={message.key && message.author === "agent" ? message.key : message.id} message={message} before={all[index - 1]} whole={whole} seen={message.id === seen} />
      ))}
      <TailMarks whole={whole} last={all[count - 1]} />
      <div class="typing-line">
        {customerTyping.value === whole.row.id && <Typing name={whole.customer.name || t("visitor")} />}
        {[...viewers.value.values()].filter((viewer) => viewer.typing).map((viewer) => <Typing name={viewer.name} key={viewer.name} />)}
      </div>
    </div>
  );
}

function Typing({ name }: { name: string }) {
  return (
    <p class="typing">
      <span class="dots" aria-hidden="true"><i /><i /><i /></span>
      {t("is_typing", { name })}
    </p>
  );
}

async function loadEarlier(whole: Whole, box: HTMLElement): Promise<void> {
  const height = box.scrollHeight;
  const page = await get<{ messages: Message[]; more: boolean }>(
    `/conversations/${whole.row.id}/messages?before=${whole.messages[0]!.id}`,
  );
  if (open.value?.row.id !== whole.row.id) return;
  open.value = { ...open.value, messages: [...page.messages, ...open.value.messages], more: page.more };
  requestAnimationFrame(() => (box.scrollTop += box.scrollHeight - height));
}

/** The newest of our messages that the customer has seen. */
function lastSeen(whole: Whole): number | null {
  if (!whole.seen) return null;
  for (let index = whole.messages.length - 1; index >= 0; index--) {
    const message = whole.messages[index]!;
    if (message.author === "agent" && message.public && message.seq && message.seq <= whole.seen.seq) return message.id;
  }
  return null;
}

interface EntryProps {
  message: Message;
  before: Message | undefined;
  whole: Whole;
  seen: boolean;
}

function Entry({ message, before, whole, seen }: EntryProps) {
  const newDay = !before || new Date(before.at).toDateString() !== new Date(message.at).toDateString();
  const mark = markOf(message);
  return (
    <>
      {newDay && <p class="day"><span>{day(message.at)}</span></p>}
      {handoffMarks(whole, before, message)}
      {mark ? <Mark at={message.at}>{mark}</Mark> : <Bubble message={message} before={newDay ? undefined : before} whole={whole} seen={seen} />}
    </>
  );
}

function Mark({ children, at }: { children: ComponentChildren; at: string }) {
  return <p class="mark"><span>{children} · {clock(at)}</span></p>;
}

/** Where people were asked and came in, between the messages of that time. */
function handoffMarks(whole: Whole, before: Message | undefined, message: Message) {
  const from = before ? Date.parse(before.at) : -Infinity;
  const to = Date.parse(message.at);
  const marks: { at: string; text: string }[] = [];
  for (const handoff of whole.handoffs) {
    marks.push({ at: handoff.requested_at, text: t("mark_handoff", { reason: tOf("reason", handoff.reason) }) });
    if (handoff.claimed_at) marks.push({ at: handoff.claimed_at, text: handoff.agent_id === me.value.id ? t("you_joined") : t("mark_joined", { name: agentName(handoff.agent_id) }) });
  }
  return marks
    .filter((mark) => Date.parse(mark.at) > from && Date.parse(mark.at) <= to)
    .map((mark) => <Mark key={mark.at + mark.text} at={mark.at}>{mark.text}</Mark>);
}

function TailMarks({ whole, last }: { whole: Whole; last: Message | undefined }) {
  const end = { at: new Date(8.64e15).toISOString() } as Message;
  return <>{handoffMarks(whole, last, end)}</>;
}

function speaker(message: Message, whole: Whole): string {
  if (message.author === "customer") return whole.customer.name || t("visitor");
  if (message.author === "agent") return message.agent_id === me.value.id ? t("me") : message.name || agentName(message.agent_id);
  return message.author === "bot" ? me.value.bot : t("author_system");
}

function Bubble({ message, before, whole, seen }: EntryProps) {
  const note = message.kind === "note";
  const name = speaker(message, whole);
  const same = before && !markOf(before) && before.author === message.author && before.agent_id === message.agent_id && before.kind === message.kind;
  const side = message.author === "customer" ? "in" : "out";
  const classes = `bubble-line ${side} ${message.author}${note ? " note" : ""}${same ? " same" : ""}`;
  return (
    <article class={classes} data-message={message.id} aria-label={t("said_by", { name, time: clock(message.at) })}>
      {!same && (
        <p class="speaker">
          {side === "in" && <Avatar small name={name} seed={whole.customer.id} />}
          <strong>{name}</strong>
          {note && <span class="note-label">{t("note_label")}</span>}
          <time dateTime={message.at}>{clock(message.at)}</time>
        </p>
      )}
      <div class="bubble">
        {message.deleted ? <p class="gone">{t("deleted")}</p> : <Content message={message} plain={message.author === "customer"} />}
      </div>
      <Under message={message} seen={seen} whole={whole} />
    </article>
  );
}

function Content({ message, plain }: { message: Message; plain: boolean }) {
  return (
    <>
      {message.text && <Text text={message.text} plain={plain} />}
      {message.rating && <p class="soft">{t("asked_rating", { kind: tOf("feedback", message.rating.kind) })}</p>}
      {message.files.length > 0 && <Files files={message.files} />}
      {!message.text && !message.rating && message.files.length === 0 && <p class="soft">{tOf("kind", message.kind)}</p>}
    </>
  );
}

function Under({ message, seen, whole }: { message: Message; seen: boolean; whole: Whole }) {
  if (message.failed) {
    return (
      <p class="under bad">
        {message.failed} <button class="link" onClick={() => deliver(message)}>{t("try_again")}</button>{" "}
        <button class="link" onClick={() => discard(message)}>{t("discard")}</button>
      </p>
    );
  }
  if (message.sending) return <p class="under">{t("sending")}</p>;
  const state = message.delivery?.state;
  const failed = state === "failed" || state === "unreachable";
  return (
    <>
      {message.author === "customer" && message.intent && (
        <p class="under meaning">
          <span class="intent">{message.intent}</span>
          {message.confidence !== null && (
            <span class={`sure${message.confidence < 0.6 ? " low" : ""}`} title={t("confidence")}>{sure(message.confidence)}</span>
          )}
          {message.fix ? (
            <span class="fixed">{t("means", { intent: message.fix.intent ?? t("none_of_these") })}</span>
          ) : (
            <button class="link" onClick={() => fixMeaning(message)} aria-label={t("fix_label", { text: message.text.slice(0, 40) })}>{t("fix")}</button>
          )}
        </p>
      )}
      {message.edited && <p class="under">{t("edited")}</p>}
      {failed && message.author !== "customer" && <p class="under bad">{t("not_delivered")} {message.delivery?.error}</p>}
      {seen && whole.seen && <p class="under">{t("seen_at", { time: clock(whole.seen.at) })}</p>}
    </>
  );
}
