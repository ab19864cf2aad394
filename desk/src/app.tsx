// The frame: navigation at the left, and the section that the address names.
import { signal } from "@preact/signals";
import type { FunctionComponent } from "preact";
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { QueueList } from "./inbox/list";
import { Talk } from "./inbox/talk";
import { loadPageWords, t } from "./lib/i18n";
import { follow, openId, section } from "./lib/route";
import { line } from "./lib/socket";
import { Nav } from "./nav";
import { listenToKeys } from "./keys";
import { DialogHost } from "./ui/dialog";
import { Toasts } from "./ui/toast";

type Loaded = FunctionComponent;
const pages: Record<string, () => Promise<Loaded>> = {
  mentions: async () => (await import("./pages/mentions")).Mentions,
  me: async () => (await import("./pages/me")).MyPage,
  settings: async () => (await import("./pages/settings")).Settings,
  review: async () => (await import("./pages/review")).Review,
  cases: async () => (await import("./pages/cases")).Cases,
  insight: async () => (await import("./pages/insight")).Insight,
  reports: async () => (await import("./pages/reports")).Reports,
};
const loaded = signal<Record<string, Loaded>>({});

export function App() {
  // With the first drawing: what is shown can be meant by a key.
  useLayoutEffect(listenToKeys, []);
  const where = section.value;
  return (
    <div class={`desk at-${where}${openId.value === null ? "" : " talking"}`} onClick={follow}>
      <a class="skip" href="#main">{t("skip")}</a>
      <Nav />
      <main id="main" tabIndex={-1}>
        {line.value === "broken" && <p class="line-broken" role="status">{t("line_broken")}</p>}
        {where === "inbox" ? (
          <div class="inbox">
            <QueueList />
            <Talk />
          </div>
        ) : (
          <Page name={where} key={where} />
        )}
      </main>
      <DialogHost />
      <Toasts />
    </div>
  );
}

function Page({ name }: { name: string }) {
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    void Promise.all([pages[name]!(), loadPageWords()]).then(
      ([page]) => (loaded.value = { ...loaded.value, [name]: page }),
      () => setFailed(true),
    );
  }, [name]);
  const Found = loaded.value[name];
  if (failed) return <p class="page-problem" role="alert">{t("page_failed")} <button class="link" onClick={() => location.reload()}>{t("reload")}</button></p>;
  return Found ? <Found /> : <div class="page" aria-busy="true" />;
}
