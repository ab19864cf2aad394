// What colleagues wrote to me, and what was passed to me.
import { useEffect } from "preact/hooks";
import { t, tOf } from "../lib/i18n";
import { ago, tick } from "../lib/time";
import { loadNotices, markRead, notices, unreadMentions } from "../state/mentions";
import { Icon } from "../ui/icon";

export function Mentions() {
  useEffect(() => void loadNotices().catch(() => {}), []);
  return (
    <div class="page">
      <header class="page-head">
        <h1>{t("nav_mentions")}</h1>
        <span class="spacer" />
        {unreadMentions.value > 0 && <button class="button" onClick={() => markRead("all")}>{t("mark_all_read")}</button>}
      </header>
      {notices.value.length === 0 && <div class="empty"><Icon name="at" size={28} /><p>{t("no_mentions")}</p></div>}
      <ul class="cards">
        {notices.value.map((item) => (
          <li key={item.id} class={item.read ? "card" : "card fresh"}>
            <a href={`/desk/c/${item.conversation_id}`}>
              <strong>{t("notice_by", { name: item.by ?? t("system"), what: tOf("notice", item.kind) })}</strong>
              <span class="soft">#{item.conversation_id} · {ago(item.at, tick.value)}</span>
              {item.text && <p>{item.text}</p>}
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}
