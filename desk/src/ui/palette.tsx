// The command palette: everything by its name, and conversations by theirs.
import { useMemo, useRef, useState } from "preact/hooks";
import { t, tOf, type Word } from "../lib/i18n";
import { go, openId } from "../lib/route";
import { claim, handBack, release, reopen, resolve, setPresence, setPriority } from "../state/actions";
import { isMine, me, open, rows, view } from "../state/store";
import { snoozeDialog, transferDialog } from "../inbox/dialogs";
import { setView } from "../inbox/list";
import { focusComposer } from "../keys";
import { closeDialog, Dialog, show } from "./dialog";
import { helpDialog } from "./help";

interface Command {
  name: string;
  detail?: string;
  run: () => void;
}

export const palette = () => show(Palette);

function commands(): Command[] {
  const list: Command[] = [];
  const add = (word: Word, run: () => void, detail?: string) => list.push({ name: t(word), run, detail });
  const row = open.value?.row.id === openId.value ? open.value?.row : undefined;
  if (row) {
    if (row.status === "open" && row.owner !== "agent") add("claim", () => void claim(row.id), "c");
    if (isMine(row) && row.status !== "resolved") {
      add("key_reply", () => focusComposer("reply"), "r");
      add("transfer", () => transferDialog(row), "t");
      add("snooze", () => snoozeDialog(row), "z");
      add("to_bot", () => void handBack(row.id), "b");
      add("release", () => void release(row.id));
    }
    add("key_note", () => focusComposer("note"), "n");
    if (row.status === "resolved") add("reopen", () => void reopen(row.id));
    else add("resolve", () => void resolve(row.id), "e");
    for (const name of ["urgent", "high", "normal", "low"] as const) {
      list.push({ name: `${t("priority")}: ${tOf("priority", name)}`, run: () => void setPriority(row.id, name) });
    }
  }
  for (const name of ["mine", "unassigned", "all", "snoozed", "bot", "resolved"] as const) {
    if (name !== view.value) list.push({ name: `${t("nav_inbox")}: ${tOf("view", name)}`, run: () => { go("/desk"); setView(name); } });
  }
  for (const name of ["mentions", "cases", ...(me.value.leads ? ["reports", "insight", "review", "settings"] : []), "me"]) {
    list.push({ name: name === "me" ? t("my_settings") : tOf("nav", name), run: () => go(`/desk/${name}`) });
  }
  for (const name of ["online", "busy", "offline"]) {
    if (me.value.wanted !== name) list.push({ name: `${t("presence")}: ${tOf("presence", name)}`, run: () => void setPresence(name) });
  }
  add("keys_help", helpDialog, "?");
  return list;
}

function Palette() {
  const [words, setWords] = useState("");
  const [at, setAt] = useState(0);
  const all = useMemo(commands, []);
  const box = useRef<HTMLUListElement>(null);
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (text: string) => wanted.every((word) => text.toLowerCase().includes(word));
  const list: Command[] = all.filter((item) => fits(item.name));
  if (wanted.length) {
    const near = [...rows.value.values()].filter((row) => fits(`${row.customer.name ?? ""} #${row.id} ${row.last?.text ?? ""}`)).slice(0, 8);
    for (const row of near) list.push({ name: `${row.customer.name ?? t("visitor")} #${row.id}`, detail: row.last?.text.slice(0, 40), run: () => go(`/desk/c/${row.id}`) });
  }
  const chosen = Math.min(at, Math.max(0, list.length - 1));
  const run = (item: Command | undefined) => {
    if (!item) return;
    closeDialog();
    setTimeout(item.run, 0);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setAt((chosen + 1) % Math.max(1, list.length));
    else if (event.key === "ArrowUp") setAt((chosen + list.length - 1) % Math.max(1, list.length));
    else if (event.key === "Enter") run(list[chosen]);
    else return;
    event.preventDefault();
    requestAnimationFrame(() => box.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" }));
  };
  return (
    <Dialog title={t("palette")} bare>
      <input class="palette-field" autoFocus role="combobox" aria-expanded="true" aria-controls="palette-list" aria-activedescendant={`cmd-${chosen}`}
        aria-label={t("palette")} placeholder={t("palette_placeholder")} value={words}
        onInput={(e) => { setWords(e.currentTarget.value); setAt(0); }} onKeyDown={onKey} />
      <ul class="palette-list" id="palette-list" role="listbox" aria-label={t("palette")} ref={box}>
        {list.map((item, index) => (
          <li key={item.name} id={`cmd-${index}`} role="option" aria-selected={index === chosen} onClick={() => run(item)} onMouseMove={() => setAt(index)}>
            <span>{item.name}</span>
            {item.detail && (item.detail.length <= 2 ? <kbd>{item.detail}</kbd> : <span class="soft">{item.detail}</span>)}
          </li>
        ))}
      </ul>
      {list.length === 0 && <p class="empty">{t("nothing_found")}</p>}
    </Dialog>
  );
}
