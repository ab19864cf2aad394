// The row that the keyboard is at: j and k move it, Enter opens it.
import { signal } from "@preact/signals";
import { openId } from "../lib/route";
import { shown } from "../state/store";

export const cursor = signal<number | null>(null);

export function moveCursor(step: number): void {
  const list = shown.value;
  if (!list.length) return;
  const from = list.findIndex((row) => row.id === (cursor.value ?? openId.value));
  const to = from < 0 ? (step > 0 ? 0 : list.length - 1) : Math.min(list.length - 1, Math.max(0, from + step));
  cursor.value = list[to]!.id;
}
