// Settings of the desk: a list of pages at the left, one of them at the right.
import type { FunctionComponent } from "preact";
import { t, type Word } from "../lib/i18n";
import { path } from "../lib/route";
import { Audit } from "./audit";
import { Assignment } from "./assignment";
import { CannedPage } from "./canned";
import { HoursPage } from "./hours";
import { Inboxes } from "./inboxes";
import { People } from "./people";
import { Sla } from "./sla";
import { Teams } from "./teams";

const PAGES: [string, FunctionComponent][] = [
  ["people", People],
  ["teams", Teams],
  ["canned", CannedPage],
  ["assignment", Assignment],
  ["hours", HoursPage],
  ["sla", Sla],
  ["inboxes", Inboxes],
  ["audit", Audit],
];

export function Settings() {
  const wanted = path.value.split("/")[3] ?? "people";
  const [name, Found] = PAGES.find(([one]) => one === wanted) ?? PAGES[0]!;
  return (
    <div class="settings">
      <nav class="settings-nav" aria-label={t("nav_settings")}>
        <h1>{t("nav_settings")}</h1>
        {PAGES.map(([one]) => (
          <a key={one} href={`/desk/settings/${one}`} aria-current={one === name ? "page" : undefined}>{t(`set_${one}` as Word)}</a>
        ))}
      </nav>
      <div class="page" key={name}>
        <header class="page-head"><h2 class="page-title">{t(`set_${name}` as Word)}</h2></header>
        <Found />
      </div>
    </div>
  );
}
