// Calling the agent: a sound, a pop-up, and the number in the title, also with the tab hidden.
import { effect } from "@preact/signals";
import { t, tOf } from "../lib/i18n";
import { go } from "../lib/route";
import type { EventFrame } from "../lib/types";
import { toast } from "../ui/toast";
import { isMine, me, unreadMine } from "./store";
import { unreadMentions } from "./mentions";

let audio: AudioContext | null = null;

/** Two short notes; quiet where the browser wants a click first. */
function ring(): void {
  if (me.value.settings.sound === false) return;
  try {
    audio ??= new AudioContext();
    if (audio.state === "suspended") void audio.resume().catch(() => {});
    const start = audio.currentTime;
    for (const [index, pitch] of [660, 880].entries()) {
      const tone = audio.createOscillator();
      const gain = audio.createGain();
      tone.frequency.value = pitch;
      gain.gain.setValueAtTime(0.0001, start + index * 0.14);
      gain.gain.exponentialRampToValueAtTime(0.12, start + index * 0.14 + 0.02);
      gain.gain.exponentialRampToValueAtTime(0.0001, start + index * 0.14 + 0.22);
      tone.connect(gain).connect(audio.destination);
      tone.start(start + index * 0.14);
      tone.stop(start + index * 0.14 + 0.24);
    }
  } catch {
    // No sound here; the rest of the alert still shows.
  }
}

export function call(title: string, body: string, to: string): void {
  ring();
  if (document.hidden || !document.hasFocus()) popUp(title, body, to);
  toast(title, { detail: body, act: { label: t("open"), run: () => go(to) } });
}

function popUp(title: string, body: string, to: string): void {
  if (me.value.settings.popups === false || !("Notification" in window) || Notification.permission !== "granted") return;
  try {
    const shown = new Notification(title, { body, tag: to, icon: "/desk/assets/icon.svg" });
    shown.onclick = () => {
      window.focus();
      go(to);
      shown.close();
    };
  } catch {
    // Some browsers show notifications from a service worker only.
  }
}

/** A handoff, an assignment, or the customer's next word in what is mine. */
export function alertAbout(event: EventFrame): void {
  const row = event.row;
  const to = `/desk/c/${event.conversation_id}`;
  const who = row?.customer.name || t("visitor");
  if (event.kind === "handoff.requested") {
    const wanted = me.value.wanted === "online" || me.value.wanted === "busy";
    if (wanted) call(t("alert_handoff"), tOf("reason", String(event.data["reason"])), to);
  } else if (event.kind === "conversation.owner_changed") {
    const given = event.data["agent_id"] === me.value.id && event.data["reason"] !== "claimed";
    if (given) call(t("alert_assigned"), who, to);
  } else if (event.kind === "message.created" && event.message?.author === "customer" && row && isMine(row)) {
    if (document.hidden || location.pathname !== to) call(who, event.message.text.slice(0, 120), to);
  } else if (event.kind === "sla.late" && row && isMine(row)) {
    call(t("alert_late"), who, to);
  }
}

/** The title counts what waits for me. */
export function keepTitle(): void {
  effect(() => {
    const waiting = unreadMine.value + unreadMentions.value;
    document.title = `${waiting ? `(${waiting}) ` : ""}${t("desk")} · ${me.value.shop}`;
  });
}

export function mayPopUp(): boolean {
  return "Notification" in window && Notification.permission === "granted";
}

export async function askToPopUp(): Promise<boolean> {
  if (!("Notification" in window)) return false;
  return (await Notification.requestPermission()) === "granted";
}
