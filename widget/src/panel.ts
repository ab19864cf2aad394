// The panel: holds the conversation as the customer sees it and joins session, line and view.
import type { CareEvent, Conversation, Inbox, Options, Panel, Session } from "./types";
import css from "./panel.css";
import { button, h } from "./dom";
import { request } from "./http";
import { openLink } from "./link";
import { markdown } from "./markdown";
import { type Acts, markNode, markText, messageNode, opening } from "./message";
import { type Draft, openOutbox } from "./outbox";
import { watchPage } from "./page";
import { keepSession } from "./session";
import { stateLines } from "./state";
import { openStore } from "./store";
import { type Say, speak } from "./texts";
import { buildView, type View } from "./view";
import type { More, Needs } from "./more";

// For `more`, which imports its tools from here.
export { button, freshId, h, iconButton } from "./dom";
export { freshKey } from "./outbox";

const QUIET: Conversation = { id: null, owner: "bot", status: "open", agent: null, queue: null };

export const mount = (o: Options): Panel => {
  const store = openStore(o.inbox);
  let inbox: Inbox | null = null;
  let say: Say = speak({});
  let view: View | null = null;
  let wanted = o.locale;
  let shown = false;
  let conversation = QUIET;
  let items: CareEvent[] = [];
  let earlier = false; // there is more before the first of them
  let online = true, notice = "";
  let mine = 0, seenBy = 0; // numbers: the customer's newest message; how far others have seen
  let typingTimer = 0, typedAt = -1e9;
  let booting: Promise<void> | null = null;
  let extras: Promise<More> | null = null;

  const emit = (name: string, detail: object = {}): unknown =>
    o.host.dispatchEvent(new CustomEvent(`careline:${name}`, { bubbles: true, detail }));

  const session = keepSession(o, store, () => inbox?.locale || wanted || "", {
    session: (opened, fresh) => {
      if (fresh) mine = seenBy = 0;
      if (notice !== "expired") notice = "";
      take(opened);
      link.start(opened.last_seq, true);
      emit("session", { verified: opened.customer.verified });
    },
    expired: () => {
      link.stop();
      notify("expired");
      void outbox.flush();
    },
    signedOut: () => {
      link.stop();
      notify("signedout");
      emit("identity-needed");
    },
  });

  const link = openLink(o.base, session.token, session.call, {
    frame: (frame) => {
      if (frame.type === "event") hear(frame, true);
      else if (frame.type === "snapshot") take(frame);
      else if (frame.type === "typing") showTyping(frame.name || "");
      else if (frame.type === "queue") {
        conversation = { ...conversation, queue: frame };
        renderState();
      }
    },
    online: (now) => {
      online = now;
      if (now) {
        if (notice === "slow") notice = "";
        void outbox.flush();
      }
      renderState();
    },
    lost: () => void session.resume().catch(() => link.start()),
  });

  const outbox = openOutbox(
    store,
    async ({ key, text, button: token, files }) => {
      await session.ensure();
      const ids = files?.map(({ id }) => id);
      const page = location.pathname;
      return session.call("POST", "/api/widget/messages", { key, text, button: token, files: ids, page });
    },
    {
      sent: (draft, seq) => {
        if (notice === "slow") notify("");
        mine = Math.max(mine, seq);
        find(draft.key)?.classList.remove("wait");
        renderState();
      },
      refused: (draft, why) => {
        const node = find(draft.key);
        node?.classList.add("failed");
        node?.append(h("p.error", { role: "alert" }, say("failed", { why })));
        if (view && draft.text && !view.text.value) view.text.value = draft.text;
        renderState();
      },
      slow: () => notify("slow"),
      held: () => renderState(),
    },
  );

  const take = (whole: Session): void => {
    conversation = whole.conversation || QUIET;
    earlier = whole.earlier;
    items = [];
    for (const event of whole.history) hear(event, false);
    render();
  };

  const hear = (event: CareEvent, live: boolean): void => {
    const { message, owner, by, status } = event.data;
    if (message) {
      if (message.author === "customer") mine = Math.max(mine, event.seq);
      else if (message.author !== "system") seenBy = Math.max(seenBy, event.seq);
      if (message.key) outbox.drop(message.key);
      const old = items.findIndex((item) => item.data.message?.id === message.id);
      if (old >= 0) {
        items[old]!.data = event.data;
        if (live) find(message.id)?.replaceWith(messageNode(message, acts));
        return;
      }
    } else if (event.kind === "message.seen") {
      if (by !== "customer") seenBy = Math.max(seenBy, event.data.seq || event.seq);
      return renderState();
    } else if (owner) {
      conversation = { ...conversation, owner, agent: event.data.name || null, queue: null };
    } else if (status) conversation = { ...conversation, status };
    items.push(event);
    if (!live) return;
    append(event, true);
    if (message && message.author !== "customer") {
      showTyping(null);
      announce(`${message.name || inbox!.settings.bot}: ${markdown(message.text).textContent}`);
      emit("message", { message });
    }
    renderState();
    read();
  };

  const unread = (): CareEvent[] => {
    const seen = Number(store.get("seen")) || 0;
    return items.filter(({ seq, data }) => seq > seen && data.message && /bot|agent/.test(data.message.author));
  };

  const read = (): void => {
    if (shown && !document.hidden) {
      const fresh = unread();
      if (fresh.length) {
        const { seq } = fresh[fresh.length - 1]!;
        store.set("seen", `${seq}`);
        if (!link.say({ type: "seen", seq })) void session.call("POST", "/api/widget/seen", { seq }).catch(() => 0);
      }
    }
    const count = unread().length;
    const { launcher } = o;
    const label = launcher.title + (count ? ` (${count})` : "");
    if (launcher.ariaLabel === label) return;
    launcher.ariaLabel = label;
    if (count) launcher.dataset.count = `${count}`;
    else delete launcher.dataset.count;
    emit("unread", { count });
  };

  const announce = (text: string): void => {
    const live = view?.live;
    live?.append(h("p", null, text));
    while (live && live.childElementCount > 3) live.firstChild!.remove();
  };

  const notify = (key: string): void => {
    notice = key;
    renderState();
  };

  const showTyping = (name: string | null): void => {
    clearTimeout(typingTimer);
    if (!view) return;
    view.typing.textContent = name === null ? "" : say("typing", { name: name || inbox!.settings.bot });
    if (name !== null) typingTimer = window.setTimeout(() => showTyping(null), 6000);
  };

  const acts: Acts = {
    say: (key, values) => say(key, values),
    bot: () => inbox!.settings.bot,
    press: (one) => post({ button: one.token, title: one.title }),
    rate: (body) => session.call("POST", "/api/widget/feedback", body),
    later: (made) => {
      const place = h("span");
      void more()
        .then((extra) => {
          const low = isLow();
          place.replaceWith(made(extra));
          if (low) scroll();
        })
        .catch(() => 0);
      return place;
    },
  };

  const post = (content: Omit<Draft, "key">): void => {
    const draft = outbox.add(content);
    view?.log.querySelector(".starters")?.remove();
    appendDraft(draft);
    renderState();
    void outbox.flush();
  };

  const submit = (): void => {
    const text = view!.text.value.trim();
    if (!text) return;
    view!.text.value = "";
    store.remove("draft");
    post({ text });
  };

  const typed = (): void => {
    store.set("draft", view!.text.value);
    if (performance.now() - typedAt > 3000 && link.say({ type: "typing" })) typedAt = performance.now();
  };

  const complain = (text: string): void => {
    view!.log.append(h("p.mark.error", { role: "alert" }, text));
    scroll();
  };

  const needs: Needs = {
    root: o.root,
    say: acts.say,
    view: () => view!,
    inbox: () => inbox!,
    told: (text) => {
      view!.log.append(markNode(text));
      announce(text);
      scroll();
    },
    complain,
    ensure: session.ensure,
    call: session.call,
    post,
  };

  const more = (): Promise<More> =>
    (extras ??= (import(`${o.base}/widget/${MORE}`) as Promise<{ make(lent: Needs): More }>)
      .then(({ make }) => make(needs))
      .catch((error) => {
        extras = null;
        throw error;
      }));

  const using = (work: (extra: More) => unknown): void =>
    void more()
      .then(work)
      .catch(() => complain(say("broken")));

  const leave = (): void => using((extra) => extra.leave());

  const mustAsk = (): boolean => !!inbox?.settings.form.length && !session.token();

  // The questions before the chat stand in the place of the text until they are answered.
  const askFirst = (): void => {
    if (!shown || !mustAsk()) return;
    const { form, intro } = inbox!.settings;
    view!.composer.hidden = true;
    using((extra) => {
      if (!mustAsk()) return;
      extra.ask(say("start"), intro, form, say("start"), (fields) => session.ensure({ fields }), true);
    });
  };

  const loadEarlier = async (): Promise<void> => {
    const first = items[0]!.seq;
    const path = `/api/widget/events?before=${first}`;
    const found = await session.call<{ events: CareEvent[]; earlier: boolean }>("GET", path);
    if (items[0]?.seq !== first) return; // asked for twice, it is added once
    const { log } = view!;
    const below = log.scrollHeight - log.scrollTop;
    items.unshift(...found.events);
    earlier = found.earlier;
    render();
    view!.log.scrollTop = view!.log.scrollHeight - below;
  };

  const logout = async (): Promise<void> => {
    link.stop();
    items = [];
    earlier = false;
    mine = seenBy = 0;
    conversation = QUIET;
    notice = "";
    await session.end();
    render();
  };

  const find = (id: number | string): HTMLElement | null =>
    view?.log.querySelector<HTMLElement>(`[data-${typeof id === "string" ? "key" : "id"}="${id}"]`) || null;

  const scroll = (): void => {
    if (view) view.log.scrollTop = view.log.scrollHeight;
  };

  const isLow = (): boolean => {
    const { scrollHeight, scrollTop, clientHeight } = view!.log;
    return scrollHeight - scrollTop - clientHeight < 120;
  };

  const append = ({ data, at }: CareEvent, live: boolean): void => {
    if (!view) return;
    const { log } = view;
    const { message } = data;
    const follow = live && (isLow() || message?.author === "customer");
    if (message) {
      const own = message.key ? find(message.key) : null;
      const node = messageNode(message, acts);
      node.title = new Date(at).toLocaleString(inbox!.locale, { dateStyle: "short", timeStyle: "short" });
      if (message.author === "customer") log.querySelector(".starters")?.remove();
      if (own) own.replaceWith(node);
      else log.append(node);
      log.append(...log.querySelectorAll(".wait"));
    } else {
      const text = markText(say, data);
      if (text) log.append(markNode(text));
    }
    if (follow) scroll();
  };

  const appendDraft = (draft: Draft): void => {
    if (!view || find(draft.key)) return;
    const text = draft.text || draft.title || (draft.files || []).map(({ name }) => name).join(", ");
    const bubble = h("div.bubble", { dir: "auto" }, text);
    const name = h("span.sr", null, `${say("you")}: `);
    view.log.append(h("div.m.customer.wait", { "data-key": draft.key }, name, bubble));
    scroll();
  };

  const renderState = (): void => {
    if (!view || !inbox) return;
    const { settings } = inbox;
    const { owner, agent, queue, status } = conversation;
    const waiting = outbox.waiting().length;
    const person = owner === "agent" && status !== "resolved" && agent;
    view.name.textContent = person || settings.bot;
    view.role.textContent = person ? settings.shop : say("bot");
    view.notice.textContent = notice ? say(notice) : online || !session.token() ? "" : say("offline");
    view.info.replaceChildren(...stateLines(say, inbox, owner === "queue" ? queue : null, leave));
    const last = [...view.log.querySelectorAll(".m.customer:not(.failed)")].pop();
    view.log.querySelectorAll(".state").forEach((node) => node.remove());
    if (last) {
      const key = waiting ? (online ? "sending" : "kept") : seenBy >= mine ? "seen" : "sent";
      last.append(h("div.state.small", null, say(key)));
    }
  };

  const render = (): void => {
    if (!inbox) return;
    const focused = view && o.root.activeElement === view.text;
    const draft = store.get("draft") || "";
    view?.panel.remove();
    const does = { close, submit, typed, files: (files: File[]) => using((extra) => extra.attach(files)), leave, transcript: () => using((extra) => extra.transcript()), forget: () => void logout() };
    view = buildView(o, inbox, say, does);
    o.root.append(view.panel);
    view.panel.hidden = !shown;
    view.text.value = draft;
    if (earlier) view.log.append(button("textual", say("earlier"), () => void loadEarlier().catch(() => complain(say("broken")))));
    else view.log.append(...opening(inbox, acts, !items.length && !outbox.waiting().length && !mustAsk(), post));
    items.forEach((event) => append(event, false));
    outbox.waiting().forEach(appendDraft);
    if (shown) scroll();
    renderState();
    read();
    if (focused) view.text.focus();
    askFirst();
  };

  const loadInbox = async (): Promise<void> => {
    const query = new URLSearchParams({ inbox: o.inbox, locale: wanted || navigator.language });
    const kept = store.get("inbox");
    try {
      inbox = await request<Inbox>(`${o.base}/api/widget/inbox?${query}`, "GET", null);
      if (session.token()) store.set("inbox", JSON.stringify(inbox));
    } catch (error) {
      if (!kept) throw error;
      inbox = JSON.parse(kept) as Inbox;
    }
    say = speak(inbox.texts);
    o.launcher.title = inbox.settings.title;
  };

  const boot = (): Promise<void> =>
    (booting ??= (async () => {
      await loadInbox();
      render();
      if (session.token()) await session.resume().catch(() => link.start());
    })().catch((error) => {
      booting = null;
      throw error;
    }));

  const open = async (): Promise<void> => {
    await boot();
    if (shown) return;
    shown = true;
    o.launcher.ariaExpanded = "true";
    o.host.toggleAttribute("open", true);
    view!.panel.hidden = false;
    scroll();
    // In an iframe of a page where the reader is busy, the chat must not take the focus away.
    if (document.hasFocus()) view!.text.focus();
    askFirst();
    read();
    emit("open");
  };

  const close = (): void => {
    if (!shown || o.page) return;
    shown = false;
    view!.panel.hidden = true;
    o.launcher.ariaExpanded = "false";
    o.host.toggleAttribute("open", false);
    o.launcher.focus();
    emit("close");
  };

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  o.root.adoptedStyleSheets = [...o.root.adoptedStyleSheets, sheet];
  watchPage(store.prefix, {
    back: () => session.token() && link.start(),
    away: link.stop,
    offline: () => {
      online = false;
      renderState();
    },
    look: read,
    joined: () => void session.resume().catch(() => 0),
    left: () => void logout(),
  });
  if (o.page) void open();
  else if (session.token()) void boot().catch(() => 0);

  return {
    open,
    close,
    toggle: () => (shown ? close() : void open().catch((error) => emit("error", { error }))),
    send: (text) => void boot().then(() => post({ text })),
    identify: async (token) => {
      await loadInbox();
      await session.identify(token);
    },
    logout,
    setLocale: async (locale) => {
      wanted = locale;
      await loadInbox();
      render();
    },
  };
};
