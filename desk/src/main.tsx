// Starts the desk: words, who I am, the first list, then the live line.
import { render } from "preact";
import { App } from "./app";
import { get, whenSignedOut } from "./lib/api";
import { loadWords } from "./lib/i18n";
import { openId } from "./lib/route";
import { connect } from "./lib/socket";
import type { Me } from "./lib/types";
import { keepTitle } from "./state/alerts";
import { hear, renew } from "./state/events";
import { loadNotices } from "./state/mentions";
import { loadShared } from "./state/shared";
import { inView, loadAgents, loadList, me, rows, view } from "./state/store";

async function start(): Promise<void> {
  whenSignedOut(() => location.assign("/desk/sign-in?next=" + encodeURIComponent(location.pathname)));
  const [who] = await Promise.all([get<Me>("/me"), loadWords(document.documentElement.lang)]);
  me.value = who;
  document.documentElement.dataset["theme"] = who.settings.theme ?? "auto";
  connect(who.last_seq, hear, renew);
  render(<App />, document.getElementById("desk")!);
  keepTitle();
  await Promise.all([firstList(), loadAgents(), loadShared(), loadNotices()]);
}

/** Who has nothing of their own sees what waits. */
async function firstList(): Promise<void> {
  await loadList();
  const empty = ![...rows.value.values()].some((row) => inView(row, view.value));
  if (view.value === "mine" && empty && !sessionStorage.getItem("view") && openId.value === null) {
    view.value = "unassigned";
    await loadList();
  }
}

void start();
