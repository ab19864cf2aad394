// Messages on their way up. Each has a key of its own and is kept in storage until the server has
// taken it, so a repeated sending is harmless and a reload loses nothing.
import type { FileInfo } from "./types";
import { type Refusal, isFinal } from "./http";
import type { Store } from "./store";

export interface Draft {
  key: string;
  text?: string;
  button?: string;
  title?: string;
  files?: FileInfo[];
}

export interface Outbox {
  waiting(): Draft[];
  add(draft: Omit<Draft, "key">): Draft;
  drop(key: string): void;
  flush(): Promise<void>;
}

type Post = (draft: Draft) => Promise<{ seq: number }>;

export interface Told {
  sent(draft: Draft, seq: number): void;
  refused(draft: Draft, why: string): void;
  slow(): void;
  held(): void;
}

let latest = 0;

export const freshKey = (): string => {
  latest = Math.max(latest + 1, Date.now());
  const noise = crypto.getRandomValues(new Uint32Array(2)).join("");
  return `${latest.toString(36).padStart(9, "0")}-${noise}`;
};

export const openOutbox = (store: Store, post: Post, on: Told): Outbox => {
  let busy = false;
  let timer = 0;
  let pause = 1000;

  const waiting = (): Draft[] =>
    store.names("out:").flatMap((name) => {
      try {
        return [JSON.parse(store.get(name) || "") as Draft];
      } catch {
        return [];
      }
    });

  const drop = (key: string): void => store.remove(`out:${key}`);

  const flush = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    clearTimeout(timer);
    for (let draft; (draft = waiting()[0]); ) {
      try {
        const { seq } = await post(draft);
        drop(draft.key);
        pause = 1000;
        on.sent(draft, seq);
      } catch (error) {
        const { status, wait, message } = error as Refusal;
        if (isFinal(error) && status !== 401) {
          drop(draft.key);
          on.refused(draft, message);
          continue;
        }
        if (status === 429) on.slow();
        else on.held();
        timer = window.setTimeout(() => void flush(), wait * 1000 || pause);
        pause = Math.min(pause * 2, 15_000);
        break;
      }
    }
    busy = false;
  };

  return {
    waiting,
    drop,
    flush,
    add: (content) => {
      const draft = { key: freshKey(), ...content };
      store.set(`out:${draft.key}`, JSON.stringify(draft));
      return draft;
    },
  };
};
