// Words for people: two flat files a language, for the inbox and for the other pages. The English
// ones say which words there are.
import type en from "../locales/en.json";
import type enPages from "../locales/en.pages.json";

export type Word = keyof typeof en | keyof typeof enPages;
type Words = Record<string, string>;
let words: Words = {};
export let language = "en";

const inbox: Record<string, () => Promise<{ default: Words }>> = {
  en: () => import("../locales/en.json"),
  de: () => import("../locales/de.json"),
};
const pages: Record<string, () => Promise<{ default: Words }>> = {
  en: () => import("../locales/en.pages.json"),
  de: () => import("../locales/de.pages.json"),
};

export async function loadWords(wanted: string): Promise<void> {
  language = wanted in inbox ? wanted : "en";
  words = (await inbox[language]!()).default;
}

export async function loadPageWords(): Promise<void> {
  words = { ...words, ...(await pages[language]!()).default };
}

export function t(key: Word, values: Record<string, string | number> = {}): string {
  const plural = "n" in values && Number(values["n"]) !== 1 ? words[key + "_many"] : undefined;
  const found = plural ?? words[key] ?? key;
  return found.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
}

/** A word whose key is made of a stored value, such as a reason; the value itself where unknown. */
export function tOf(prefix: string, value: string | null | undefined): string {
  if (!value) return "";
  return words[`${prefix}_${value}`] ?? value.replace(/_/g, " ");
}
