// The loader: one launcher button. Everything else comes when the customer wants to chat, or when
// an earlier chat may have news.
import type { Look, Options, Panel } from "./types";
import css from "./loader.css";

(() => {
  const script = document.currentScript as HTMLScriptElement | null;
  if (!script || customElements.get("careline-widget")) return;

  // The server replaces the text by the looks of all inboxes, so that no second request is needed.
  const looks = "__LOOKS__" as unknown as Record<string, Look>;
  const base = script.src.replace(/\/widget\/loader\.js.*/, "");
  const given = script.dataset;
  let element: HTMLElement;
  let options: Options;
  let panel: Promise<Panel> | undefined;

  const load = (): Promise<Panel> =>
    (panel ??= (import(`${base}/widget/${PANEL}`) as Promise<{ mount(o: Options): Panel }>)
      .then((module) => module.mount(options))
      .catch((error) => {
        panel = undefined;
        throw error;
      }));

  class Widget extends HTMLElement {
    connectedCallback(): void {
      if (this.shadowRoot) return;
      const root = this.attachShadow({ mode: "open" });
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      root.adoptedStyleSheets = [sheet];
      const inbox = this.getAttribute("inbox") || given.inbox || "default";
      const look = looks[inbox] || {};
      const locale = this.getAttribute("locale") || given.locale || document.documentElement.lang;
      const launcher = document.createElement("button");
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      const path = document.createElementNS(svg.namespaceURI, "path") as Element;
      path.setAttribute("d", "M4 4h16v12H10l-5 4v-4H4z");
      svg.setAttribute("viewBox", "0 0 24 24");
      svg.append(path);
      launcher.className = "launcher";
      launcher.title = look.label || "Chat";
      launcher.ariaLabel = launcher.title;
      launcher.ariaExpanded = "false";
      launcher.append(svg);
      launcher.onclick = () => run("toggle");
      launcher.onpointerenter = () => void load().catch(() => 0);
      if (look.color) this.style.setProperty("--inbox-accent", look.color);
      if (look.ink) this.style.setProperty("--inbox-ink", look.ink);
      this.dataset.side = given.side || look.side || "end";
      root.append(launcher);
      const page = this.hasAttribute("page");
      options = { base, inbox, locale, page, launcher, root, host: this };
      if (page || remembered(inbox)) void load().catch(() => 0);
    }

    // Pages that exchange their whole body keep the chat.
    disconnectedCallback(): void {
      queueMicrotask(() => this.isConnected || document.body?.append(this));
    }
  }

  const remembered = (inbox: string): boolean => {
    try {
      return !!localStorage.getItem(`careline:${inbox}:token`);
    } catch {
      return false;
    }
  };

  const run = async (name: string, ...values: unknown[]): Promise<unknown> => {
    try {
      return await ((await load()) as unknown as Record<string, (...v: unknown[]) => unknown>)[
        name
      ]?.(...values);
    } catch (error) {
      element.dispatchEvent(new CustomEvent("careline:error", { bubbles: true, detail: { error } }));
      return undefined;
    }
  };

  const start = (): void => {
    customElements.define("careline-widget", Widget);
    element = document.querySelector("careline-widget") || document.createElement("careline-widget");
    if (!element.isConnected) document.body.append(element);
    const api: Record<string, unknown> = { element };
    for (const name of ["open", "close", "toggle", "send", "identify", "logout", "setLocale"]) {
      api[name] = (...values: unknown[]) => run(name, ...values);
    }
    (window as unknown as { Careline: unknown }).Careline = api;
    element.dispatchEvent(new CustomEvent("careline:ready", { bubbles: true }));
  };

  if (document.body) start();
  else addEventListener("DOMContentLoaded", start);
})();
