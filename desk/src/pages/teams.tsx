// Teams: who belongs to which.
import { useState } from "preact/hooks";
import { del, post, put } from "../lib/api";
import { t } from "../lib/i18n";
import type { Team } from "../lib/types";
import { loadShared } from "../state/shared";
import { agents, teams } from "../state/store";
import { closeDialog, Dialog, show } from "../ui/dialog";
import { confirmDialog, Field, tried } from "./form";

export function Teams() {
  return (
    <section class="sheet">
      <div class="sheet-head"><p class="soft">{t("teams_lead")}</p><button class="button primary" onClick={() => show(() => <Edit />)}>{t("add")}</button></div>
      <ul class="plain-list">
        {teams.value.map((team) => (
          <li key={team.id}>
            <div><strong>{team.name}</strong><br /><span class="soft">{team.members.map((id) => agents.value.get(id)?.name).filter(Boolean).join(", ") || t("nobody_yet")}</span></div>
            <span class="row-acts">
              <button class="button small" aria-label={t("edit_of", { name: team.name })} onClick={() => show(() => <Edit team={team} />)}>{t("edit")}</button>
              <button class="button small danger" aria-label={t("delete_of", { name: team.name })} onClick={() => confirmDialog(t("delete_sure", { name: team.name }), t("delete"), () => tried(del(`/teams/${team.id}`)).then(loadShared))}>{t("delete")}</button>
            </span>
          </li>
        ))}
        {teams.value.length === 0 && <li class="soft">{t("no_teams")}</li>}
      </ul>
    </section>
  );
}

function Edit({ team }: { team?: Team }) {
  const [name, setName] = useState(team?.name ?? "");
  const [members, setMembers] = useState(team?.members ?? []);
  const save = async (event: Event) => {
    event.preventDefault();
    const body = { name, members };
    if (await tried(team ? put(`/teams/${team.id}`, body) : post("/teams", body))) {
      closeDialog();
      await loadShared();
    }
  };
  return (
    <Dialog title={team ? team.name : t("new_team")}>
      <form onSubmit={save}>
        <Field label={t("name")}><input class="field" required maxLength={80} autoFocus value={name} onInput={(e) => setName(e.currentTarget.value)} /></Field>
        <fieldset class="pick"><legend>{t("members")}</legend>
          {[...agents.value.values()].filter((agent) => agent.active).map((agent) => (
            <label key={agent.id}>
              <input type="checkbox" checked={members.includes(agent.id)} onChange={(e) => setMembers(e.currentTarget.checked ? [...members, agent.id] : members.filter((id) => id !== agent.id))} />
              {agent.name}
            </label>
          ))}
        </fieldset>
        <footer><button type="button" class="button" onClick={closeDialog}>{t("cancel")}</button><button class="button primary">{t("save")}</button></footer>
      </form>
    </Dialog>
  );
}
