// Writing: a reply to the customer or a note to colleagues; canned replies by "/", people by "@".
import { useSignal } from "@preact/signals";
import { flushSync } from "preact/compat";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { upload } from "../lib/api";
import { t } from "../lib/i18n";
import { send } from "../lib/socket";
import type { Agent, Canned, FileInfo, Whole } from "../lib/types";
import { claim, handBack, resolve, say } from "../state/actions";
import { keepDraft, readDraft } from "../state/drafts";
import { agentName, agents, canned, explain, isMine, me } from "../state/store";
import { Icon } from "../ui/icon";
import { toast } from "../ui/toast";
import { fill } from "./canned";
import { snoozeDialog, transferDialog } from "./dialogs";
import { size } from "./files";
import { insertion, mode } from "./mode";

interface Offer {
  kind: "/" | "@";
  from: number;
  items: { id: number; label: string; detail: string; text: string }[];
}

const TYPING_EVERY = 2500;
const FILE_LIMIT = 10_000_000;

export function Composer({ whole }: { whole: Whole }) {
  const { row } = whole;
  const field = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const text = useSignal("");
  const offer = useSignal<Offer | null>(null);
  const at = useSignal(0);
  const files = useSignal<FileInfo[]>([]);
  const told = useRef(0);
  const now = mode.value;
  const locked = now === "reply" && !(row.status === "open" && isMine(row));

  useLayoutEffect(() => {
    text.value = readDraft(row.id, now);
    offer.value = null;
    files.value = [];
  }, [row.id, now]);
  useLayoutEffect(() => grow(field.current), [text.value, locked]);
  useEffect(() => {
    const wanted = insertion.value;
    if (!wanted || wanted.id !== row.id) return;
    insertion.value = null;
    put(wanted.text, null);
  }, [insertion.value, row.id, locked]);

  const change = (value: string) => {
    text.value = value;
    keepDraft(row.id, now, value);
    suggest();
    if (Date.now() - told.current > TYPING_EVERY && value) {
      told.current = Date.now();
      send({ type: "typing", conversation_id: row.id, mode: now });
    }
  };

  /** Put text at the cursor (or instead of what was typed since `from`), keeping the rest. */
  const put = (piece: string, from: number | null) => {
    const element = field.current;
    const value = text.value;
    const end = element?.selectionStart ?? value.length;
    const start = from ?? end;
    const gap = from === null && start > 0 && !/\s$/.test(value.slice(0, start)) ? " " : "";
    const place = start + gap.length + piece.length;
    // At once: what is typed next comes after it.
    flushSync(() => {
      offer.value = null;
      text.value = value.slice(0, start) + gap + piece + value.slice(end);
    });
    keepDraft(row.id, now, text.value);
    field.current?.focus();
    field.current?.setSelectionRange(place, place);
  };

  const suggest = () => {
    const element = field.current!;
    const before = element.value.slice(0, element.selectionStart);
    const found = /(?:^|\s)([/@])([\p{L}\p{N}_-]*)$/u.exec(before);
    if (!found || (found[1] === "@" && now !== "note")) return (offer.value = null);
    const from = before.length - found[2]!.length - 1;
    const items = found[1] === "/" ? repliesLike(found[2]!, whole) : peopleLike(found[2]!);
    at.value = 0;
    offer.value = items.length ? { kind: found[1] as "/" | "@", from, items } : null;
  };

  const submit = () => {
    const value = text.value.trim();
    if ((!value && !files.value.length) || locked) return;
    const named = now === "note" ? mentioned(value) : [];
    say(row.id, now, value, files.value, named);
    text.value = "";
    files.value = [];
    keepDraft(row.id, now, "");
  };

  const onKey = (event: KeyboardEvent) => {
    const list = offer.value;
    if (list) {
      if (event.key === "ArrowDown") at.value = (at.value + 1) % list.items.length;
      else if (event.key === "ArrowUp") at.value = (at.value + list.items.length - 1) % list.items.length;
      else if (event.key === "Enter" || event.key === "Tab") put(list.items[at.value]!.text, list.from);
      else if (event.key === "Escape") offer.value = null;
      else return;
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape") field.current?.blur();
  };

  const attach = async (chosen: FileList | File[]) => {
    for (const file of chosen) {
      if (file.size > FILE_LIMIT) {
        toast(t("file_too_big", { name: file.name, limit: size(FILE_LIMIT) }), { bad: true });
        continue;
      }
      try {
        const done = await upload<{ file: FileInfo }>(`/conversations/${row.id}/files`, file);
        files.value = [...files.value, done.file];
      } catch (failure) {
        toast(explain(failure), { bad: true });
      }
    }
    if (picker.current) picker.current.value = "";
  };

  return (
    <section class={`composer ${now}`} aria-label={t("write")}
      onDragOver={(e) => !locked && e.preventDefault()}
      onDrop={(e) => { if (!locked && e.dataTransfer?.files.length) { e.preventDefault(); void attach(e.dataTransfer.files); } }}>
      <div class="modes" role="group" aria-label={t("write")}>
        <button aria-pressed={now === "reply"} onClick={() => (mode.value = "reply")}>{t("reply")} <kbd>r</kbd></button>
        <button aria-pressed={now === "note"} onClick={() => (mode.value = "note")}>{t("note")} <kbd>n</kbd></button>
        <span class="spacer" />
        <span class="soft hint">{now === "note" ? t("note_hint") : t("reply_hint")}</span>
      </div>
      {locked ? <Lock whole={whole} /> : (
        <div class="write">
          {offer.value && <Offers offer={offer.value} at={at.value} pick={(item) => put(item.text, offer.value!.from)} />}
          <textarea id="composer" ref={field} rows={2} value={text.value} maxLength={10000}
            placeholder={now === "note" ? t("note_placeholder") : t("reply_placeholder", { name: whole.customer.name || t("visitor") })}
            aria-label={now === "note" ? t("note") : t("reply")}
            aria-haspopup="listbox" aria-autocomplete="list" aria-controls={offer.value ? "offers" : undefined}
            aria-activedescendant={offer.value ? `offer-${at.value}` : undefined}
            onInput={(e) => change(e.currentTarget.value)} onKeyDown={onKey} onClick={suggest}
            onPaste={(e) => { const got = e.clipboardData?.files; if (got?.length) { e.preventDefault(); void attach(got); } }} />
          {files.value.length > 0 && (
            <ul class="waiting-files">
              {files.value.map((file) => (
                <li class="chip" key={file.id}><Icon name="clip" size={14} />{file.name} <span class="soft">{size(file.size)}</span>
                  <button class="bare tiny" aria-label={t("drop_file", { name: file.name })} onClick={() => (files.value = files.value.filter((f) => f !== file))}><Icon name="close" size={12} /></button>
                </li>
              ))}
            </ul>
          )}
        </div>
      )}
      <div class="composer-foot">
        <input ref={picker} type="file" multiple hidden onChange={(e) => e.currentTarget.files && attach(e.currentTarget.files)} />
        <button class="bare" aria-label={t("attach")} title={t("attach")} disabled={locked} onClick={() => picker.current?.click()}><Icon name="clip" /></button>
        <span class="spacer" />
        <Acts whole={whole} />
        <button class="button primary" disabled={locked || (!text.value.trim() && !files.value.length)} onClick={submit}>
          {now === "note" ? t("add_note") : t("send")} <Icon name="send" size={16} />
        </button>
      </div>
    </section>
  );
}

function Acts({ whole: { row } }: { whole: Whole }) {
  if (row.status === "resolved") return null;
  const mine = isMine(row);
  return (
    <>
      {mine && <button class="button ghost" title={t("transfer")} onClick={() => transferDialog(row)}><Icon name="swap" size={16} /><span class="wide-only">{t("transfer")}</span></button>}
      {mine && <button class="button ghost" title={t("snooze")} onClick={() => snoozeDialog(row)}><Icon name="clock" size={16} /><span class="wide-only">{t("snooze")}</span></button>}
      {mine && <button class="button ghost" title={t("to_bot")} onClick={() => handBack(row.id)}><Icon name="bot" size={16} /><span class="wide-only">{t("to_bot")}</span></button>}
      {(mine || row.owner === "queue") && <button class="button" onClick={() => resolve(row.id)}><Icon name="check" size={16} />{t("resolve")}</button>}
    </>
  );
}

function Lock({ whole: { row } }: { whole: Whole }) {
  const words =
    row.status === "resolved" ? t("lock_resolved")
    : row.owner === "agent" && !isMine(row) ? t("lock_agent", { name: agentName(row.agent_id) })
    : row.owner === "queue" ? t("lock_queue")
    : row.status === "snoozed" ? t("lock_snoozed") : t("lock_bot", { bot: me.value.bot });
  return (
    <div class="lock" role="note">
      <Icon name="shield" />
      <p>{words}</p>
      {row.status === "open" && row.owner !== "agent" && <button class="button primary small" onClick={() => claim(row.id)}>{t("claim")}</button>}
    </div>
  );
}

function Offers({ offer, at, pick }: { offer: Offer; at: number; pick: (item: Offer["items"][0]) => void }) {
  return (
    <ul class="offers" id="offers" role="listbox" aria-label={offer.kind === "/" ? t("canned") : t("colleagues")}>
      {offer.items.map((item, index) => (
        <li key={item.id} id={`offer-${index}`} role="option" aria-selected={index === at} class={index === at ? "on" : ""}
          onMouseDown={(event) => { event.preventDefault(); pick(item); }}>
          <strong>{item.label}</strong> <span class="soft">{item.detail}</span>
        </li>
      ))}
    </ul>
  );
}

function repliesLike(typed: string, whole: Whole): Offer["items"] {
  const wanted = typed.toLowerCase();
  const fits = (item: Canned) => item.shortcut.startsWith(wanted) || item.title.toLowerCase().includes(wanted);
  // What begins with the typed letters comes before what only holds them in its title.
  const rank = (item: Canned) => Number(!item.shortcut.startsWith(wanted));
  return canned.value.filter(fits).sort((a, b) => rank(a) - rank(b)).slice(0, 8)
    .map((item) => ({ id: item.id, label: "/" + item.shortcut, detail: item.title, text: fill(item.text, whole) }));
}

const handle = (agent: Agent) => agent.name.replace(/\s+/g, "_");

function peopleLike(typed: string): Offer["items"] {
  const wanted = typed.toLowerCase();
  return [...agents.value.values()]
    .filter((agent) => agent.active && agent.id !== me.value.id && agent.name.toLowerCase().replace(/\s+/g, "_").includes(wanted))
    .slice(0, 8)
    .map((agent) => ({ id: agent.id, label: agent.name, detail: t(`presence_${agent.presence}`), text: `@${handle(agent)} ` }));
}

export function mentioned(text: string): number[] {
  return [...agents.value.values()].filter((agent) => text.includes("@" + handle(agent))).map((agent) => agent.id);
}

function grow(element: HTMLTextAreaElement | null): void {
  if (!element) return;
  element.style.height = "auto";
  element.style.height = Math.min(element.scrollHeight + 2, 240) + "px";
}
