// The open conversation: header, transcript, composer, panel.
import { useEffect } from "preact/hooks";
import { post } from "../lib/api";
import { t } from "../lib/i18n";
import { openId } from "../lib/route";
import { line, send } from "../lib/socket";
import type { Whole } from "../lib/types";
import { sweepViewers, viewers } from "../state/events";
import { readAbout } from "../state/mentions";
import { isMine, loadOpen, open, openProblem } from "../state/store";
import { Icon } from "../ui/icon";
import { Composer } from "./composer";
import { Header } from "./header";
import { mode } from "./mode";
import { Panel, panelShown } from "./panel";
import { Transcript } from "./transcript";

const VIEWING_EVERY = 12000;

export function Talk() {
  const id = openId.value;
  useEffect(() => {
    mode.value = "reply";
    viewers.value = new Map();
    void loadOpen(id);
    if (id !== null) readAbout(id);
  }, [id]);
  const live = line.value === "live";
  useEffect(() => {
    if (id === null || !live) return;
    const tell = () => {
      if (!document.hidden) send({ type: "viewing", conversation_id: id, on: true });
      sweepViewers(Date.now());
    };
    const first = setTimeout(tell, 300);
    const timer = setInterval(tell, VIEWING_EVERY);
    return () => {
      clearTimeout(first);
      clearInterval(timer);
      send({ type: "viewing", conversation_id: id, on: false });
    };
  }, [id, live]);
  const whole = open.value;
  useSeen(whole);
  if (id === null) return <Nothing />;
  if (openProblem.value) return <Problem />;
  if (!whole || whole.row.id !== id) return <section class="talk waiting" aria-busy="true" aria-label={t("loading")} />;
  return (
    <section class={panelShown.value ? "talk with-panel" : "talk"} aria-label={t("conversation")}>
      <div class="talk-main">
        <Header whole={whole} />
        <Transcript whole={whole} />
        <Composer whole={whole} />
      </div>
      {panelShown.value && <Panel whole={whole} />}
    </section>
  );
}

/** Tell that the newest message was seen, by its owner, with the page in sight. */
function useSeen(whole: Whole | null): void {
  const newest = whole?.messages[whole.messages.length - 1]?.id ?? 0;
  const id = whole?.row.id;
  const unread = whole?.row.unread ?? 0;
  useEffect(() => {
    if (!whole || !isMine(whole.row) || !unread) return;
    const tell = () => {
      if (document.hidden || line.value === "broken") return;
      post(`/conversations/${whole.row.id}/seen`, { message_id: newest }).catch(() => {});
    };
    tell();
    document.addEventListener("visibilitychange", tell);
    return () => document.removeEventListener("visibilitychange", tell);
  }, [id, newest, unread, whole?.row.agent_id]);
}

function Nothing() {
  return (
    <section class="talk nothing" aria-label={t("conversation")}>
      <Icon name="inbox" size={40} />
      <p>{t("choose_one")}</p>
      <p class="soft"><kbd>j</kbd> <kbd>k</kbd> {t("keys_move")} · <kbd>Enter</kbd> {t("keys_open")} · <kbd>?</kbd> {t("keys_help")}</p>
    </section>
  );
}

function Problem() {
  const problem = openProblem.value!;
  return (
    <section class="talk nothing" aria-label={t("conversation")}>
      <Icon name="shield" size={40} />
      <p role="alert">{problem.message}</p>
      <a class="button" href="/desk">{t("to_inbox")}</a>
    </section>
  );
}
