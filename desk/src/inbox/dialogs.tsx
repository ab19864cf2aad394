// Passing a conversation on, and putting it off.
import { useState } from "preact/hooks";
import { t, tOf } from "../lib/i18n";
import { dateTime } from "../lib/time";
import type { Row } from "../lib/types";
import { snooze, transfer } from "../state/actions";
import { agents, me, teams } from "../state/store";
import { PresenceDot } from "../ui/bits";
import { closeDialog, Dialog, show } from "../ui/dialog";
import { Icon } from "../ui/icon";

export const transferDialog = (row: Row) => show(() => <TransferDialog row={row} />);
export const snoozeDialog = (row: Row) => show(() => <SnoozeDialog row={row} />);

function TransferDialog({ row }: { row: Row }) {
  const [to, setTo] = useState("");
  const [comment, setComment] = useState("");
  const people = [...agents.value.values()].filter((agent) => agent.active && agent.id !== me.value.id);
  const submit = async (event: Event) => {
    event.preventDefault();
    const id = Number(to.slice(1));
    if (await transfer(row.id, to[0] === "t" ? { team_id: id } : { agent_id: id }, comment.trim())) closeDialog();
  };
  return (
    <Dialog title={t("transfer_title")}>
      <form onSubmit={submit}>
        <fieldset class="pick">
          <legend>{t("transfer_to")}</legend>
          {people.map((agent) => (
            <label key={agent.id}>
              <input type="radio" name="to" value={`a${agent.id}`} onChange={(e) => setTo(e.currentTarget.value)} />
              <PresenceDot presence={agent.presence} />
              <span>{agent.name}</span>
              <span class="soft">{agent.presence === "online" ? t("transfer_asks") : t("transfer_queues", { presence: tOf("presence", agent.presence) })}</span>
            </label>
          ))}
          {teams.value.map((team) => (
            <label key={`t${team.id}`}>
              <input type="radio" name="to" value={`t${team.id}`} onChange={(e) => setTo(e.currentTarget.value)} />
              <Icon name="users" size={15} />
              <span>{team.name}</span>
              <span class="soft">{t("team_members", { n: team.members.length })}</span>
            </label>
          ))}
        </fieldset>
        <label class="label" for="transfer-comment">{t("transfer_comment")}</label>
        <textarea id="transfer-comment" class="field" rows={3} maxLength={1000} value={comment} onInput={(e) => setComment(e.currentTarget.value)} />
        <footer><button type="button" class="button" onClick={closeDialog}>{t("cancel")}</button><button class="button primary" disabled={!to}>{t("transfer")}</button></footer>
      </form>
    </Dialog>
  );
}

function choices(): { label: string; at: Date }[] {
  const now = new Date();
  const at = (days: number, hour: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour);
  const toMonday = ((8 - now.getDay()) % 7) || 7;
  return [
    { label: t("snooze_20m"), at: new Date(now.getTime() + 20 * 60_000) },
    { label: t("snooze_1h"), at: new Date(now.getTime() + 3600_000) },
    { label: t("snooze_3h"), at: new Date(now.getTime() + 3 * 3600_000) },
    { label: t("snooze_tomorrow"), at: at(1, 9) },
    { label: t("snooze_monday"), at: at(toMonday, 9) },
  ];
}

function SnoozeDialog({ row }: { row: Row }) {
  const [own, setOwn] = useState("");
  const until = async (at: Date) => {
    if (await snooze(row.id, at.toISOString())) closeDialog();
  };
  return (
    <Dialog title={t("snooze_title")}>
      <p class="soft">{t("snooze_lead")}</p>
      <ul class="choices">
        {choices().map((choice, index) => (
          <li key={choice.label}>
            <button class="choice" autoFocus={index === 0} onClick={() => until(choice.at)}>
              <strong>{choice.label}</strong>
              <span class="soft">{dateTime(choice.at.toISOString())}</span>
            </button>
          </li>
        ))}
      </ul>
      <form class="inline" onSubmit={(event) => { event.preventDefault(); if (own) void until(new Date(own)); }}>
        <label class="label" for="snooze-own">{t("snooze_own")}</label>
        <input id="snooze-own" class="field" type="datetime-local" value={own} onInput={(e) => setOwn(e.currentTarget.value)} />
        <button class="button" disabled={!own}>{t("snooze")}</button>
      </form>
    </Dialog>
  );
}
