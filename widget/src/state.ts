// What stands above the messages: the place in the queue, the usual wait, the opening hours.
import type { Inbox, Place } from "./types";
import { button, h } from "./dom";
import type { Say } from "./texts";

export const stateLines = (say: Say, inbox: Inbox, queue: Place | null, leave: () => void): Node[] => {
  const lines: string[] = [];
  const { hours } = inbox.settings;
  if (queue?.position) lines.push(say("place", { n: queue.position }));
  if (queue?.wait_seconds != null) {
    const n = Math.round(queue.wait_seconds / 60);
    lines.push(say("usual", { t: n > 1 ? say("minutes", { n }) : say("minute") }));
  }
  if (!hours.open) {
    const next = hours.next_opening && new Date(hours.next_opening);
    const when = next && next.toLocaleString(inbox.locale, { weekday: "long", hour: "2-digit", minute: "2-digit" });
    lines.push(when ? say("away", { when }) : say("closed"));
  }
  return lines.length ? [h("span", null, lines.join(" ")), button("textual", say("leave"), leave)] : [];
};
