// The panel's frame: header, messages, lines of state, the place to write. No decisions here.
import type { Inbox, Options } from "./types";
import { button, freshId, h, icon, iconButton } from "./dom";
import { RTL, type Say } from "./texts";

export interface View {
  panel: HTMLElement;
  name: HTMLElement;
  role: HTMLElement;
  notice: HTMLElement;
  info: HTMLElement;
  log: HTMLElement;
  typing: HTMLElement;
  form: HTMLElement;
  composer: HTMLFormElement;
  text: HTMLTextAreaElement;
  live: HTMLElement;
}

export interface Does {
  close(): void;
  submit(): void;
  typed(): void;
  files(files: File[]): void;
  leave(): void;
  transcript(): void;
  forget(): void;
}

const CLIP = "M20 11l-8 8a5 5 0 0 1-7-7l9-9a3.5 3.5 0 0 1 5 5l-9 9a1.5 1.5 0 0 1-2-2l8-8";
const SEND = "M4 12h14M12 5l7 7-7 7";
const CROSS = "M5 5l14 14M19 5L5 19";
const DOTS = "M5 12h0M12 12h0M19 12h0";

const composerOf = (inbox: Inbox, say: Say, does: Does, text: HTMLTextAreaElement): HTMLFormElement => {
  const { files } = inbox.settings;
  const chooser = h("input", { type: "file", hidden: true, multiple: true, accept: files?.types.join() });
  chooser.onchange = () => {
    does.files([...(chooser.files || [])]);
    chooser.value = "";
  };
  return h(
    "form.composer", { submit: (event: Event) => {
        event.preventDefault();
        does.submit();
      },
    },
    chooser,
    files &&
      iconButton("", CLIP, say("attach"), () => chooser.click()),
    text,
    iconButton("send", SEND, say("send")),
  );
};

const menuOf = (inbox: Inbox, say: Say, does: Does): HTMLElement => {
  const menu = h("details.menu");
  const entry = (key: string, act: () => void): HTMLElement =>
    button("entry", say(key), () => {
      menu.open = false;
      act();
    });
  menu.append(
    h("summary.icon", { "aria-label": say("menu"), title: say("menu") }, icon(DOTS)),
    h(
      "div.entries", null,
      entry("leave", does.leave),
      inbox.settings.transcript && entry("transcript", does.transcript),
      entry("forget", does.forget),
    ),
  );
  return menu;
};

export const buildView = (o: Options, inbox: Inbox, say: Say, does: Does): View => {
  const { settings, locale } = inbox;
  const text = h("textarea", {
    rows: 1,
    placeholder: say("write"),
    "aria-label": say("write"),
    dir: "auto",
    input: does.typed,
    paste: ({ clipboardData }: ClipboardEvent) => settings.files && clipboardData?.files[0] && does.files([...clipboardData.files]),
    keydown: (event: KeyboardEvent) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      does.submit();
    },
  });
  const name = h("strong");
  const role = h("span.small");
  const notice = h("div.notice", { role: "status" });
  const info = h("div.info", { role: "status" });
  const log = h("div.log", { role: "log", "aria-live": "off", "aria-label": say("log"), tabindex: 0 });
  const typing = h("div.typing.small");
  const form = h("div.slot");
  const live = h("div.sr", { "aria-live": "polite" });
  const composer = composerOf(inbox, say, does, text);
  const panel = h(
    "div.panel", { id: freshId(),
      role: o.page ? "main" : "dialog",
      "aria-label": settings.title,
      lang: locale,
      "data-scheme": settings.scheme,
      hidden: true,
      keydown: (event: KeyboardEvent) => {
        if (event.key === "Escape" && !o.page) does.close();
      },
    },
    h(
      "div.head", null,
      h("div.who", null, name, role),
      menuOf(inbox, say, does),
      !o.page && iconButton("", CROSS, say("close"), does.close),
    ),
    notice,
    info,
    log,
    typing,
    form,
    composer,
    live,
  );
  o.host.dir = RTL.test(locale) ? "rtl" : "ltr";
  for (const [key, value] of Object.entries(settings.theme)) o.host.style.setProperty(`--inbox-${key}`, value);
  o.launcher.setAttribute("aria-controls", panel.id);
  return { panel, name, role, notice, info, log, typing, form, composer, text, live };
};
