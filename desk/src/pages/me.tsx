// My own settings: language, look, alerts, and where I am signed in.
import { useEffect, useState } from "preact/hooks";
import { del, get, patch } from "../lib/api";
import { t, tOf } from "../lib/i18n";
import { dateTime } from "../lib/time";
import { askToPopUp, mayPopUp } from "../state/alerts";
import { explain, me } from "../state/store";
import { toast } from "../ui/toast";

interface Session {
  id: string;
  browser: string | null;
  created_at: string;
  last_used_at: string;
  this: boolean;
}

async function change(name: string, value: unknown): Promise<void> {
  try {
    await patch("/me", { [name]: value });
    me.value = { ...me.value, settings: { ...me.value.settings, [name]: value } };
    if (name === "theme") document.documentElement.dataset["theme"] = String(value);
    if (name === "language") location.reload();
  } catch (failure) {
    toast(explain(failure), { bad: true });
  }
}

export function MyPage() {
  const [allowed, setAllowed] = useState(mayPopUp());
  const { settings } = me.value;
  return (
    <div class="page narrow">
      <header class="page-head"><h1>{t("my_settings")}</h1></header>
      <section class="sheet">
        <h2>{t("look")}</h2>
        <label class="line-field">{t("language")}
          <select class="field" value={document.documentElement.lang} onChange={(e) => change("language", e.currentTarget.value)}>
            <option value="en">English</option>
            <option value="de">Deutsch</option>
          </select>
        </label>
        <label class="line-field">{t("theme")}
          <select class="field" value={settings.theme ?? "auto"} onChange={(e) => change("theme", e.currentTarget.value)}>
            {["auto", "light", "dark"].map((name) => <option value={name} key={name}>{tOf("theme", name)}</option>)}
          </select>
        </label>
      </section>
      <section class="sheet">
        <h2>{t("alerts")}</h2>
        <label class="check-line"><input type="checkbox" checked={settings.sound !== false} onChange={(e) => change("sound", e.currentTarget.checked)} />{t("alert_sound")}</label>
        <label class="check-line"><input type="checkbox" checked={settings.popups !== false} onChange={(e) => change("popups", e.currentTarget.checked)} />{t("alert_popups")}</label>
        {!allowed && <button class="button" onClick={async () => setAllowed(await askToPopUp())}>{t("allow_popups")}</button>}
      </section>
      <Sessions />
    </div>
  );
}

function Sessions() {
  const [list, setList] = useState<Session[]>([]);
  const load = () => get<{ sessions: Session[] }>("/me/sessions").then((data) => setList(data.sessions), () => {});
  useEffect(() => void load(), []);
  const end = async (session: Session) => {
    try {
      await del(`/me/sessions/${session.id}`);
    } catch (failure) {
      toast(explain(failure), { bad: true });
    }
    await load();
  };
  return (
    <section class="sheet">
      <h2>{t("signed_in_at")}</h2>
      <ul class="plain-list">
        {list.map((session) => (
          <li key={session.id}>
            <div><strong>{browserName(session.browser)}</strong> {session.this && <span class="chip">{t("this_browser")}</span>}<br />
              <span class="soft">{t("last_used", { time: dateTime(session.last_used_at) })}</span></div>
            {!session.this && <button class="button small" onClick={() => end(session)}>{t("end_session")}</button>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function browserName(agent: string | null): string {
  if (!agent) return t("unknown_browser");
  const name = /Edg\//.test(agent) ? "Edge" : /Firefox\//.test(agent) ? "Firefox" : /Chrome\//.test(agent) ? "Chrome" : /Safari\//.test(agent) ? "Safari" : agent.slice(0, 30);
  const system = /Android|iPhone|iPad|Windows|Mac OS|Linux/.exec(agent)?.[0] ?? "";
  return system ? `${name}, ${system}` : name;
}
