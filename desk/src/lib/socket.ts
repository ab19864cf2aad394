// The one WebSocket: numbered events; after a break it goes on where it stopped.
import { signal } from "@preact/signals";
import type { Frame } from "./types";

export type Line = "connecting" | "live" | "broken";
export const line = signal<Line>("connecting");

let socket: WebSocket | null = null;
let after = 0;
let desk = "";
let wait = 0;
let timer = 0;
let alive = 0;
let hear: (frame: Frame) => void = () => {};
let renew: (gap: boolean) => void = () => {};

export function connect(from: number, onFrame: (frame: Frame) => void, onRenew: (gap: boolean) => void): void {
  after = from;
  hear = onFrame;
  renew = onRenew;
  open();
  addEventListener("online", soon);
  addEventListener("pageshow", (event) => event.persisted && soon());
  document.addEventListener("visibilitychange", () => !document.hidden && check());
  setInterval(check, 15000);
}

export function send(frame: Record<string, unknown>): void {
  if (socket?.readyState === WebSocket.OPEN && line.value === "live") socket.send(JSON.stringify(frame));
}

export function lastSeq(): number {
  return after;
}

function open(): void {
  clearTimeout(timer);
  const ws = new WebSocket(location.origin.replace(/^http/, "ws") + "/ws/desk");
  socket = ws;
  ws.onopen = () => ws.send(JSON.stringify({ type: "hello", after }));
  ws.onmessage = (event) => {
    alive = Date.now();
    take(JSON.parse(event.data as string) as Frame);
  };
  ws.onclose = (event) => {
    if (socket !== ws) return;
    socket = null;
    if (event.code === 4401) return location.assign("/desk/sign-in?next=" + encodeURIComponent(location.pathname));
    line.value = "broken";
    wait = Math.min(wait ? wait * 1.7 : 300, 8000);
    timer = window.setTimeout(open, wait * (0.7 + Math.random() * 0.6));
  };
}

function take(frame: Frame): void {
  if (frame.type === "event") {
    if (frame.seq <= after) return;
    after = frame.seq;
  } else if (frame.type === "ready" || frame.type === "snapshot") {
    const fresh = desk === "";
    desk = frame.desk;
    wait = 0;
    line.value = "live";
    if (frame.type === "snapshot" || !fresh) renew(frame.type === "snapshot");
    after = Math.max(after, frame.last_seq);
    if (frame.type === "snapshot") after = frame.last_seq;
    return;
  }
  hear(frame);
}

/** Reconnect now: the machine woke up or the network is back. */
function soon(): void {
  if (socket && line.value === "live" && Date.now() - alive < 5000) return;
  const old = socket;
  socket = null;
  old?.close();
  line.value = "broken";
  wait = 0;
  open();
}

/** A socket may be dead without knowing it: ask, and do not wait for long. */
function check(): void {
  if (!socket || socket.readyState !== WebSocket.OPEN) return;
  const asked = Date.now();
  socket.send('{"type":"ping"}');
  setTimeout(() => alive < asked && socket && soon(), 4000);
}
