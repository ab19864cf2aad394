// The address in the browser decides what is shown.
import { computed, signal } from "@preact/signals";

export const path = signal(location.pathname);
addEventListener("popstate", () => (path.value = location.pathname));

export function go(to: string, replace = false): void {
  if (to === path.value) return;
  if (replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  path.value = to;
}

/** The conversation in the address, or null. */
export const openId = computed(() => {
  const found = /^\/desk\/c\/(\d+)$/.exec(path.value);
  return found ? Number(found[1]) : null;
});

export const section = computed(() => {
  const found = /^\/desk\/(mentions|cases|reports|insight|review|settings|me)(?=$|\/)/.exec(path.value);
  return found ? found[1]! : "inbox";
});

/** Follow a link inside the app without loading the page; leave other clicks to the browser. */
export function follow(event: MouseEvent): void {
  const link = (event.target as Element).closest?.("a");
  if (!link || event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || link.target || link.hasAttribute("download")) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || !/^\/desk(?!\/(sign|assets|files))/.test(url.pathname)) return;
  event.preventDefault();
  go(url.pathname);
}
