// The narrow bar at the left: sections, presence, the state of the line.
import { t, tOf, type Word } from "./lib/i18n";
import { section } from "./lib/route";
import { line } from "./lib/socket";
import { setPresence } from "./state/actions";
import { unreadMentions } from "./state/mentions";
import { agents, counts, me, unreadMine } from "./state/store";
import { Avatar, Item, Menu, PresenceDot } from "./ui/bits";
import { Icon, type IconName } from "./ui/icon";
import { helpDialog } from "./ui/help";

interface Place {
  name: string;
  href: string;
  icon: IconName;
  leads?: boolean;
}

const PLACES: Place[] = [
  { name: "inbox", href: "/desk", icon: "inbox" },
  { name: "mentions", href: "/desk/mentions", icon: "at" },
  { name: "cases", href: "/desk/cases", icon: "flag" },
  { name: "reports", href: "/desk/reports", icon: "chart", leads: true },
  { name: "insight", href: "/desk/insight", icon: "eye", leads: true },
  { name: "review", href: "/desk/review", icon: "review", leads: true },
  { name: "settings", href: "/desk/settings", icon: "gear", leads: true },
];
const WANTED = ["online", "busy", "offline"];

export function Nav() {
  const badge: Record<string, number> = { inbox: unreadMine.value, mentions: unreadMentions.value };
  return (
    <nav class="nav" aria-label={t("sections")}>
      {PLACES.filter((place) => !place.leads || me.value.leads).map((place) => (
        <a class="nav-link" key={place.name} href={place.href} aria-current={section.value === place.name ? "page" : undefined}>
          <Icon name={place.icon} size={21} />
          <span>{t(`nav_${place.name}` as Word)}</span>
          {(badge[place.name] ?? 0) > 0 && <b class="badge" aria-label={t("unread_n", { n: badge[place.name]! })}>{badge[place.name]}</b>}
        </a>
      ))}
      <span class="spacer" />
      <button class="nav-link" onClick={helpDialog} aria-label={t("keys_help")} title={t("keys_help")}>
        <Icon name="help" size={21} />
      </button>
      <LineState />
      <Menu up title={t("my_menu")} class="nav-me" label={<><Avatar name={me.value.name} seed={me.value.id} /><PresenceDot presence={shownPresence()} /></>}>
        {(close) => (
          <>
            <p class="menu-head"><strong>{me.value.name}</strong><span class="soft">{t("chats_of", { n: counts.value["mine"] ?? 0, capacity: me.value.capacity })}</span></p>
            {WANTED.map((name) => (
              <Item key={name} checked={me.value.wanted === name} onPick={() => { void setPresence(name); close(); }}>
                <PresenceDot presence={name as "online"} /> {tOf("presence", name)}
              </Item>
            ))}
            <hr />
            <a role="menuitem" class="menu-item" href="/desk/me" onClick={close}><Icon name="user" size={16} />{t("my_settings")}</a>
            <form method="post" action="/desk/sign-out">
              <button role="menuitem" class="menu-item"><Icon name="out" size={16} />{t("sign_out")}</button>
            </form>
          </>
        )}
      </Menu>
    </nav>
  );
}

function shownPresence() {
  if (line.value === "broken") return "away" as const;
  const known = agents.value.get(me.value.id)?.presence;
  return me.value.wanted === "online" && known === "away" ? "online" : me.value.wanted;
}

function LineState() {
  const word = line.value === "broken" ? t("line_off") : t(`line_${line.value}`);
  return (
    <span class={`line ${line.value}`} title={word}>
      <i aria-hidden="true" />
      <span class="hidden">{word}</span>
    </span>
  );
}
