// What the composer is used for, and text that other parts want in it.
import { signal } from "@preact/signals";
import type { Mode } from "../state/drafts";

export const mode = signal<Mode>("reply");
export const insertion = signal<{ id: number; text: string } | null>(null);
