// The line from the server: a WebSocket with replay by number; long-polling where it is blocked.
import type { CareEvent, Place, Session } from "./types";
import { type Call, isFinal } from "./http";

export type Frame =
  | ({ type: "event" } & CareEvent)
  | ({ type: "snapshot" } & Session)
  | ({ type: "queue" } & Place)
  | { type: "typing"; name: string | null }
  | { type: "ready" };

export interface Heard {
  frame(frame: Frame): void;
  online(online: boolean): void;
  lost(): void;
}

export interface Link {
  // Begin after event number `after`; without it, go on from where the line was.
  start(after?: number, anew?: boolean): void;
  stop(): void;
  say(frame: object): boolean;
}

const PING = 25_000;
const SILENCE = 60_000;
const RETRY_SOCKET = 60_000;

export const openLink = (base: string, token: () => string | null, call: Call, on: Heard): Link => {
  let socket: WebSocket | null = null;
  let seen = 0;
  let run = 0; // grows with every start and stop: what belongs to an older run ends itself
  let failures = 0;
  let blocked = 0;
  let timer = 0;
  let watch = 0;
  let heard = 0;

  const take = (frame: Frame): void => {
    if (frame.type === "event") {
      if (frame.seq <= seen) return;
      seen = frame.seq;
    } else if (frame.type === "snapshot") seen = frame.last_seq;
    on.frame(frame);
  };

  const later = (mine: number): void => {
    clearTimeout(timer);
    const wait = Math.min(15_000, 500 * 2 ** failures++) * (0.7 + Math.random() * 0.6);
    timer = window.setTimeout(() => mine === run && connect(mine), wait);
  };

  const connect = (mine: number): void => {
    let ready = false;
    let line: WebSocket;
    const failed = (code: number): void => {
      clearInterval(watch);
      if (mine !== run || line !== socket) return;
      socket = null;
      if (code === 4401) return on.lost();
      if (ready) blocked = 0;
      else blocked++;
      if (blocked > 1 && navigator.onLine) return void poll(mine);
      on.online(false);
      later(mine);
    };
    try {
      socket = line = new WebSocket(`${base.replace(/^http/, "ws")}/ws/widget`);
    } catch {
      blocked = 2;
      return void poll(mine);
    }
    heard = performance.now();
    line.onopen = () => line.send(JSON.stringify({ type: "hello", token: token(), after: seen }));
    line.onclose = (event) => failed(event.code);
    // A socket that the page's policy forbids ends without a close event.
    line.onerror = () => failed(0);
    line.onmessage = ({ data }) => {
      if (mine !== run) return;
      heard = performance.now();
      const frame = JSON.parse(data) as Frame;
      take(frame);
      if (frame.type === "ready") {
        ready = true;
        failures = blocked = 0;
        on.online(true);
      }
    };
    clearInterval(watch);
    watch = window.setInterval(() => {
      const silent = performance.now() - heard;
      if (silent > SILENCE || (!ready && silent > 8000)) {
        line.onclose = null;
        line.close();
        failed(0);
      } else if (ready && silent > PING) say({ type: "ping" });
    }, 4000);
  };

  const poll = async (mine: number): Promise<void> => {
    const until = performance.now() + RETRY_SOCKET;
    let first = true;
    while (mine === run && performance.now() < until) {
      try {
        const path = `/api/widget/events?after=${seen}&wait=${first ? 0 : 25}`;
        const { events } = await call<{ events: Frame[] }>("GET", path, null, 40);
        if (mine !== run) return;
        first = false;
        failures = 0;
        on.online(true);
        events.forEach(take);
      } catch (error) {
        if (mine !== run) return;
        if (isFinal(error) && error.status === 401) return on.lost();
        on.online(false);
        return later(mine);
      }
    }
    if (mine === run) connect(mine);
  };

  const say = (frame: object): boolean => {
    if (socket?.readyState !== 1) return false;
    socket.send(JSON.stringify(frame));
    return true;
  };

  const stop = (): void => {
    run++;
    clearTimeout(timer);
    clearInterval(watch);
    socket?.close();
    socket = null;
  };

  return {
    say,
    stop,
    start: (after = 0, anew) => {
      stop();
      seen = anew ? after : Math.max(seen, after);
      failures = 0;
      connect(run);
    },
  };
};
