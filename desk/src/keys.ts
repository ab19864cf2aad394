// The keyboard: single letters while nothing is being written, Ctrl+K everywhere.
import { flushSync } from "preact/compat";
import { go, openId } from "./lib/route";
import { writing } from "./lib/writing";
import { claim, handBack, resolve } from "./state/actions";
import { isMine, open } from "./state/store";
import { dialogOpen } from "./ui/dialog";
import { helpDialog } from "./ui/help";
import { palette } from "./ui/palette";
import { cursor, moveCursor } from "./inbox/cursor";
import { snoozeDialog, transferDialog } from "./inbox/dialogs";
import { mode } from "./inbox/mode";

export const KEYS: [string, string][] = [
  ["j / k", "key_move"],
  ["Enter", "key_open"],
  ["c", "key_claim"],
  ["r", "key_reply"],
  ["n", "key_note"],
  ["/", "key_search"],
  ["t", "key_transfer"],
  ["z", "key_snooze"],
  ["b", "key_bot"],
  ["e", "key_resolve"],
  ["Shift+E", "key_resolve_next"],
  ["Esc", "key_leave"],
  ["?", "key_help"],
  ["Ctrl+K", "key_palette"],
];

export function listenToKeys(): () => void {
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}

function onKey(event: KeyboardEvent): void {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    palette();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || writing(event.target) || dialogOpen()) return;
  if (act(event)) event.preventDefault();
}

export function focusComposer(wanted: "reply" | "note"): void {
  // At once: what is typed next must not be taken for more shortcuts.
  flushSync(() => (mode.value = wanted));
  document.getElementById("composer")?.focus();
}

// A claim on its way: what is pressed meanwhile is no command; a wanted reply begins when it is ours.
let taking: { reply: boolean } | null = null;

async function take(id: number): Promise<void> {
  const mine = (taking = { reply: false });
  const done = await claim(id);
  taking = null;
  if (done && mine.reply && openId.value === id) focusComposer("reply");
}

/** Enter opens the row that the keys are at, even before the focus has followed. */
function openCursor(target: HTMLElement): boolean {
  if (cursor.value === null || (target.closest("a, button") && !target.closest("a.row"))) return false;
  go(`/desk/c/${cursor.value}`);
  return true;
}

function act(event: KeyboardEvent): boolean {
  const row = open.value?.row.id === openId.value ? open.value?.row : undefined;
  switch (event.key) {
    case "j":
      moveCursor(1);
      return true;
    case "k":
      moveCursor(-1);
      return true;
    case "Enter":
      return openCursor(event.target as HTMLElement);
    case "/":
      document.getElementById("search")?.focus();
      return true;
    case "?":
      helpDialog();
      return true;
    case "Escape":
      if (openId.value === null) return false;
      cursor.value = openId.value;
      go("/desk");
      return true;
  }
  if (!row) return false;
  if (taking) {
    if (event.key === "r") taking.reply = true;
    return event.key.length === 1;
  }
  switch (event.key) {
    case "c":
      void take(row.id);
      return true;
    case "r":
      focusComposer("reply");
      return true;
    case "n":
      focusComposer("note");
      return true;
    case "t":
      if (isMine(row)) transferDialog(row);
      return true;
    case "z":
      if (isMine(row)) snoozeDialog(row);
      return true;
    case "b":
      if (isMine(row)) void handBack(row.id);
      return true;
    case "e":
    case "E":
      if (row.status !== "resolved") void resolve(row.id, event.key === "E");
      return true;
  }
  return false;
}
