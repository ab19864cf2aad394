// Words for people: one flat file a language; the English one says which words there are.
import type en from "../locales/en.json";

export type Word = keyof typeof en;
let words: Record<string, string> = {};
export let language = "en";

const files: Record<string, () => Promise<{ default: Record<string, string> }>> = {
  en: () => import("../locales/en.json"),
  de: () => import("../locales/de.json"),
};

export async function loadWords(wanted: string): Promise<void> {
  language = wanted in files ? wanted : "en";
  words = (await files[language]!()).default;
}

export function t(key: Word, values: Record<string, string | number> = {}): string {
  const plural = "n" in values && Number(values["n"]) !== 1 ? words[key + "_many"] : undefined;
  const found = plural ?? words[key] ?? key;
  return found.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

/** A word whose key is made of a stored value, such as a reason; the value itself where unknown. */
export function tOf(prefix: string, value: string | null | undefined): string {
  if (!value) return "";
  return words[`${prefix}_${value}`] ?? value.replace(/_/g, " ");
}
