// Times: UTC in the record, local on the screen.
import { signal } from "@preact/signals";
import { language } from "./i18n";

/** The present moment, renewed every second while the page is visible. */
export const tick = signal(Date.now());
setInterval(() => {
  if (!document.hidden) tick.value = Date.now();
}, 1000);
document.addEventListener("visibilitychange", () => (tick.value = Date.now()));

const formats = new Map<string, Intl.DateTimeFormat>();
function format(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = language + name;
  let found = formats.get(key);
  if (!found) formats.set(key, (found = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, options)));
  return found;
}

export const clock = (iso: string) => format("c", { hour: "2-digit", minute: "2-digit" }).format(new Date(iso));
export const day = (iso: string) => format("d", { weekday: "long", day: "numeric", month: "long" }).format(new Date(iso));
export const date = (iso: string) => format("D", { day: "numeric", month: "short", year: "numeric" }).format(new Date(iso));
export const dateTime = (iso: string) =>
  format("dt", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).format(new Date(iso));

/** How long ago, short: 42s, 5m, 3h, 2d. */
export function ago(iso: string, now: number): string {
  return short(Math.max(0, (now - Date.parse(iso)) / 1000));
}

export function short(seconds: number): string {
  const s = Math.abs(seconds);
  if (s < 60) return `${Math.floor(s)}s`;
  if (s < 3600) return `${Math.floor(s / 60)}m`;
  if (s < 86400) return `${Math.floor(s / 3600)}h`;
  return `${Math.floor(s / 86400)}d`;
}

/** Minutes and seconds of what is left, or hours and minutes: 03:12, 4h 05m. */
export function countdown(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 3600) return `${String(Math.floor(s / 60)).padStart(2, "0")}:${String(s % 60).padStart(2, "0")}`;
  if (s < 86400) return `${Math.floor(s / 3600)}h ${String(Math.floor((s % 3600) / 60)).padStart(2, "0")}m`;
  return `${Math.floor(s / 86400)}d`;
}
