// Drafts: one for each conversation and mode, kept in this browser until sent.
import { me } from "./store";

export type Mode = "reply" | "note";
const key = (id: number, mode: Mode) => `draft:${me.value.id}:${id}:${mode}`;

export function readDraft(id: number, mode: Mode): string {
  return localStorage.getItem(key(id, mode)) ?? "";
}

export function keepDraft(id: number, mode: Mode, text: string): void {
  try {
    if (text) localStorage.setItem(key(id, mode), text);
    else localStorage.removeItem(key(id, mode));
  } catch {
    // A full store loses drafts, nothing else.
  }
}

export function hasDraft(id: number): boolean {
  return readDraft(id, "reply") !== "" || readDraft(id, "note") !== "";
}
