// Canned replies: the texts behind "/".
import { useState } from "preact/hooks";
import { VARIABLES } from "../inbox/canned";
import { del, post, put } from "../lib/api";
import { t } from "../lib/i18n";
import type { Canned } from "../lib/types";
import { loadShared } from "../state/shared";
import { canned, teams } from "../state/store";
import { closeDialog, Dialog, show } from "../ui/dialog";
import { confirmDialog, Field, tried } from "./form";

export function CannedPage() {
  return (
    <section class="sheet">
      <div class="sheet-head"><p class="soft">{t("canned_lead")}</p><button class="button primary" onClick={() => show(() => <Edit />)}>{t("add")}</button></div>
      <ul class="plain-list">
        {canned.value.map((item) => (
          <li key={item.id}>
            <div class="grow"><strong>/{item.shortcut}</strong> {item.title} {item.team_id && <span class="chip">{teams.value.find((team) => team.id === item.team_id)?.name}</span>}<br /><span class="soft clamp">{item.text}</span></div>
            <span class="row-acts">
              <button class="button small" aria-label={t("edit_of", { name: item.title })} onClick={() => show(() => <Edit item={item} />)}>{t("edit")}</button>
              <button class="button small danger" aria-label={t("delete_of", { name: item.title })} onClick={() => confirmDialog(t("delete_sure", { name: `/${item.shortcut}` }), t("delete"), () => tried(del(`/canned/${item.id}`)).then(loadShared))}>{t("delete")}</button>
            </span>
          </li>
        ))}
        {canned.value.length === 0 && <li class="soft">{t("no_canned")}</li>}
      </ul>
    </section>
  );
}

function Edit({ item }: { item?: Canned }) {
  const [shortcut, setShortcut] = useState(item?.shortcut ?? "");
  const [title, setTitle] = useState(item?.title ?? "");
  const [text, setText] = useState(item?.text ?? "");
  const [team, setTeam] = useState(item?.team_id ?? 0);
  const save = async (event: Event) => {
    event.preventDefault();
    const body = { shortcut, title, text, team_id: team || null };
    if (await tried(item ? put(`/canned/${item.id}`, body) : post("/canned", body))) {
      closeDialog();
      await loadShared();
    }
  };
  return (
    <Dialog title={item ? item.title : t("new_canned")} wide>
      <form onSubmit={save}>
        <Field label={t("shortcut")} hint={t("shortcut_hint")}><input class="field" required maxLength={40} pattern="/?[a-zA-Z0-9][a-zA-Z0-9_\-]*" autoFocus value={shortcut} onInput={(e) => setShortcut(e.currentTarget.value)} /></Field>
        <Field label={t("title")}><input class="field" required maxLength={120} value={title} onInput={(e) => setTitle(e.currentTarget.value)} /></Field>
        <Field label={t("text")}><textarea class="field" rows={6} required maxLength={4000} value={text} onInput={(e) => setText(e.currentTarget.value)} /></Field>
        <p class="soft">{t("variables")} {VARIABLES.map((name) => <button type="button" class="chip" key={name} onClick={() => setText(`${text}{{${name}}}`)}>{`{{${name}}}`}</button>)}</p>
        {teams.value.length > 0 && (
          <Field label={t("for_team")}><select class="field" value={team} onChange={(e) => setTeam(Number(e.currentTarget.value))}>
            <option value={0}>{t("for_everyone")}</option>
            {teams.value.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
          </select></Field>
        )}
        <footer><button type="button" class="button" onClick={closeDialog}>{t("cancel")}</button><button class="button primary">{t("save")}</button></footer>
      </form>
    </Dialog>
  );
}
