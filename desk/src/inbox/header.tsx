// Above the transcript: whose conversation it is, how urgent, who else looks at it.
import { useState } from "preact/hooks";
import { t, tOf, type Word } from "../lib/i18n";
import { dateTime, tick } from "../lib/time";
import type { Priority, Whole } from "../lib/types";
import { acceptTransfer, addTag, cancelTransfer, claim, declineTransfer, dropTag, reopen, setPriority, setTeam } from "../state/actions";
import { viewers } from "../state/events";
import { agentName, isMine, me, tags, teams } from "../state/store";
import { Channel, Item, Menu } from "../ui/bits";
import { Icon } from "../ui/icon";
import { go } from "../lib/route";
import { Due } from "./row";
import { panelShown } from "./panel";

const PRIORITIES: Priority[] = ["urgent", "high", "normal", "low"];

export function Header({ whole }: { whole: Whole }) {
  const { row } = whole;
  const looking = [...viewers.value.values()];
  return (
    <header class="talk-head">
      <div class="talk-line">
        <button class="bare only-narrow" aria-label={t("back")} onClick={() => go("/desk")}>
          <Icon name="back" />
        </button>
        <h1>{whole.customer.name || t("visitor_n", { id: whole.customer.id })}</h1>
        <Channel name={row.channel} />
        <span class="soft number">#{row.id}</span>
        <span class="spacer" />
        <Due row={row} now={tick.value} />
        <PriorityMenu row={row} />
        <button class="bare panel-switch" aria-pressed={panelShown.value} aria-label={t("panel")} title={t("panel")} onClick={() => (panelShown.value = !panelShown.value)}>
          <Icon name="user" />
        </button>
      </div>
      <div class="talk-line second">
        <Owner whole={whole} />
        {teams.value.length > 0 && <TeamMenu whole={whole} />}
        <Tags whole={whole} />
      </div>
      {looking.length > 0 && (
        <p class="banner info viewing" role="status">
          <Icon name="eye" size={16} />
          {looking.some((v) => v.typing)
            ? t("colleague_typing", { name: looking.find((v) => v.typing)!.name })
            : t("viewing", { n: looking.length, names: looking.map((v) => v.name).join(", ") })}
        </p>
      )}
      <TransferBanner whole={whole} />
      {row.status === "snoozed" && row.snoozed_until && (
        <p class="banner info"><Icon name="clock" size={16} />{t("snoozed_until", { time: dateTime(row.snoozed_until) })} <button class="link" onClick={() => reopen(row.id)}>{t("wake_now")}</button></p>
      )}
    </header>
  );
}

function Owner({ whole: { row } }: { whole: Whole }) {
  const words =
    row.status === "resolved" ? t("owner_resolved")
    : row.owner === "bot" ? t("owner_bot", { bot: me.value.bot })
    : row.owner === "queue" ? (row.wanted_agent_id ? t("owner_waits_for", { name: agentName(row.wanted_agent_id) }) : t("owner_queue"))
    : isMine(row) ? t("owner_me") : t("owner_agent", { name: agentName(row.agent_id) });
  const kind = row.status === "resolved" ? "resolved" : isMine(row) ? "mine" : row.owner;
  return (
    <>
      <span class={`owner ${kind}`} data-owner={kind}>{words}</span>
      {row.status === "open" && row.owner !== "agent" && (
        <button class="button primary small" onClick={() => claim(row.id)}>{t("claim")} <kbd>c</kbd></button>
      )}
      {row.status === "resolved" && <button class="button small" onClick={() => reopen(row.id)}>{t("reopen")}</button>}
    </>
  );
}

function PriorityMenu({ row }: { row: Whole["row"] }) {
  return (
    <Menu end title={t("priority")} class={`button small prio-menu ${row.priority}`} label={<><Icon name="flag" size={15} />{tOf("priority", row.priority)}</>}>
      {(close) =>
        PRIORITIES.map((name) => (
          <Item checked={row.priority === name} onPick={() => { void setPriority(row.id, name); close(); }}>
            {t(`priority_${name}` as Word)}
          </Item>
        ))
      }
    </Menu>
  );
}

function TeamMenu({ whole: { row } }: { whole: Whole }) {
  const name = teams.value.find((team) => team.id === row.team_id)?.name;
  return (
    <Menu title={t("team")} class="quiet" label={<><Icon name="users" size={15} />{name ?? t("no_team")}</>}>
      {(close) => (
        <>
          <Item checked={row.team_id === null} onPick={() => { void setTeam(row.id, null); close(); }}>{t("no_team")}</Item>
          {teams.value.map((team) => (
            <Item checked={row.team_id === team.id} onPick={() => { void setTeam(row.id, team.id); close(); }}>{team.name}</Item>
          ))}
        </>
      )}
    </Menu>
  );
}

function Tags({ whole: { row } }: { whole: Whole }) {
  const [adding, setAdding] = useState(false);
  const [text, setText] = useState("");
  const add = async () => {
    const tag = text.trim().toLowerCase();
    setText("");
    setAdding(false);
    if (tag) await addTag(row.id, tag);
  };
  return (
    <span class="tags">
      {row.tags.map((tag) => (
        <span class="chip" key={tag}>
          {tag}
          <button class="bare tiny" aria-label={t("drop_tag", { tag })} onClick={() => dropTag(row.id, tag)}><Icon name="close" size={12} /></button>
        </span>
      ))}
      {adding ? (
        <form onSubmit={(event) => { event.preventDefault(); void add(); }}>
          <input class="tag-field" list="known-tags" autoFocus maxLength={40} aria-label={t("add_tag")} value={text}
            onInput={(e) => setText(e.currentTarget.value)} onBlur={() => void add()}
            onKeyDown={(e) => e.key === "Escape" && (setText(""), setAdding(false))} />
          <datalist id="known-tags">{tags.value.map((tag) => <option value={tag} key={tag} />)}</datalist>
        </form>
      ) : (
        <button class="quiet" onClick={() => setAdding(true)}><Icon name="tag" size={15} />{t("add_tag")}</button>
      )}
    </span>
  );
}

function TransferBanner({ whole }: { whole: Whole }) {
  const [declining, setDeclining] = useState(false);
  const [why, setWhy] = useState("");
  const { transfer, row } = whole;
  if (!transfer) return null;
  const mine = transfer.to_agent_id === me.value.id;
  if (!mine) {
    return (
      <p class="banner info">
        <Icon name="swap" size={16} />
        <span>{t("transfer_waits", { name: agentName(transfer.to_agent_id) })}</span>
        {(transfer.from_agent_id === me.value.id || me.value.leads) && <button class="link" onClick={() => cancelTransfer(row.id)}>{t("cancel")}</button>}
      </p>
    );
  }
  return (
    <div class="banner offer" role="alert">
      <Icon name="swap" size={18} />
      <div>
        <strong>{t("transfer_offer", { name: agentName(transfer.from_agent_id) })}</strong>
        {transfer.comment && <p>{transfer.comment}</p>}
        {declining && (
          <form onSubmit={(event) => { event.preventDefault(); void declineTransfer(row.id, why); }}>
            <input class="field" autoFocus maxLength={500} aria-label={t("decline_why")} placeholder={t("decline_why")} value={why} onInput={(e) => setWhy(e.currentTarget.value)} />
            <button class="button small">{t("decline")}</button>
          </form>
        )}
      </div>
      <span class="spacer" />
      {!declining && <button class="button small" onClick={() => setDeclining(true)}>{t("decline")}</button>}
      <button class="button primary small" onClick={() => acceptTransfer(row.id)}>{t("accept")}</button>
    </div>
  );
}
