// People: roles, what they see, capacity, skills; invitations and reset links.
import { useState } from "preact/hooks";
import { del, patch, post } from "../lib/api";
import { t, tOf } from "../lib/i18n";
import { dateTime } from "../lib/time";
import type { Agent } from "../lib/types";
import { explain, loadAgents, me, teams } from "../state/store";
import { Avatar, PresenceDot } from "../ui/bits";
import { closeDialog, Dialog, show } from "../ui/dialog";
import { toast } from "../ui/toast";
import { confirmDialog, Field, Problem, tried, useLoaded } from "./form";

interface Person extends Agent {
  email: string;
  sight: string;
  skills: string[];
  languages: string[];
}
interface Data {
  people: Person[];
  invitations: { id: number; email: string; role: string; by: string | null; expires_at: string }[];
  can_mail: boolean;
}
interface Link {
  link: string;
  until: string;
  mailed: boolean;
}

const roles = () => (me.value.role === "owner" ? ["agent", "supervisor", "owner"] : ["agent", "supervisor"]);

export function People() {
  const [data, load, problem] = useLoaded<Data>("/people");
  if (!data) return <Problem text={problem} />;
  const again = async () => {
    await load();
    await loadAgents();
  };
  return (
    <>
      <section class="sheet">
        <div class="sheet-head"><h2>{t("people_here", { n: data.people.length })}</h2><button class="button primary" onClick={() => show(() => <Invite done={again} />)}>{t("invite")}</button></div>
        <table class="table">
          <thead><tr><th>{t("name")}</th><th>{t("role")}</th><th>{t("sees")}</th><th>{t("team")}</th><th>{t("capacity")}</th><th><span class="hidden">{t("edit")}</span></th></tr></thead>
          <tbody>
            {data.people.map((person) => (
              <tr key={person.id} class={person.active ? "" : "off"}>
                <td><span class="person"><Avatar small name={person.name} seed={person.id} /><span><strong>{person.name}</strong><br /><span class="soft">{person.email}</span></span><PresenceDot presence={person.presence} /></span></td>
                <td>{tOf("role", person.role)}{!person.active && <> · {t("inactive")}</>}</td>
                <td>{tOf("sight", person.sight)}</td>
                <td>{teams.value.filter((team) => person.teams.includes(team.id)).map((team) => team.name).join(", ") || "–"}</td>
                <td class="num">{person.capacity}</td>
                <td><button class="button small" aria-label={t("edit_of", { name: person.name })} onClick={() => show(() => <Edit person={person} done={again} />)}>{t("edit")}</button></td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {data.invitations.length > 0 && (
        <section class="sheet">
          <h2>{t("open_invitations")}</h2>
          <ul class="plain-list">
            {data.invitations.map((item) => (
              <li key={item.id}>
                <div><strong>{item.email}</strong> <span class="chip">{tOf("role", item.role)}</span><br /><span class="soft">{t("invited_by", { name: item.by ?? "", time: dateTime(item.expires_at) })}</span></div>
                <button class="button small" onClick={() => tried(del(`/invitations/${item.id}`), t("withdrawn")).then(load)}>{t("withdraw")}</button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function Sight(props: { value: string; set: (value: string) => void }) {
  return (
    <select class="field" value={props.value} onChange={(e) => props.set(e.currentTarget.value)}>
      {["own", "team", "all"].map((name) => <option key={name} value={name}>{tOf("sight", name)}</option>)}
    </select>
  );
}

function TeamChecks(props: { value: number[]; set: (value: number[]) => void }) {
  if (!teams.value.length) return null;
  return (
    <fieldset class="pick"><legend>{t("set_teams")}</legend>
      {teams.value.map((team) => (
        <label key={team.id}>
          <input type="checkbox" checked={props.value.includes(team.id)} onChange={(e) => props.set(e.currentTarget.checked ? [...props.value, team.id] : props.value.filter((id) => id !== team.id))} />
          {team.name}
        </label>
      ))}
    </fieldset>
  );
}

function Invite({ done }: { done: () => Promise<void> }) {
  const [email, setEmail] = useState("");
  const [role, setRole] = useState("agent");
  const [sight, setSight] = useState("all");
  const [mine, setMine] = useState<number[]>([]);
  const submit = async (event: Event) => {
    event.preventDefault();
    try {
      const made = await post<Link>("/invitations", { email, role, sight, teams: mine });
      show(() => <ShowLink made={made} email={email} />);
      await done();
    } catch (failure) {
      toast(explain(failure), { bad: true });
    }
  };
  return (
    <Dialog title={t("invite")}>
      <form onSubmit={submit}>
        <Field label={t("email")}><input class="field" type="email" required maxLength={320} autoFocus value={email} onInput={(e) => setEmail(e.currentTarget.value)} /></Field>
        <Field label={t("role")}><select class="field" value={role} onChange={(e) => setRole(e.currentTarget.value)}>{roles().map((name) => <option key={name} value={name}>{tOf("role", name)}</option>)}</select></Field>
        {role === "agent" && <Field label={t("sees")} hint={t("sees_hint")}><Sight value={sight} set={setSight} /></Field>}
        <TeamChecks value={mine} set={setMine} />
        <footer><button type="button" class="button" onClick={closeDialog}>{t("cancel")}</button><button class="button primary">{t("make_link")}</button></footer>
      </form>
    </Dialog>
  );
}

function ShowLink({ made, email }: { made: Link; email: string }) {
  return (
    <Dialog title={t("link_made")}>
      <p>{made.mailed ? t("link_mailed", { email }) : t("link_give", { email })}</p>
      <input class="field link-field" readOnly aria-label={t("link_made")} value={made.link} onFocus={(e) => e.currentTarget.select()} />
      <p class="soft">{t("link_until", { time: dateTime(made.until) })}</p>
      <footer>
        <button class="button primary" onClick={() => navigator.clipboard.writeText(made.link).then(() => toast(t("copied")), () => {})}>{t("copy")}</button>
        <button class="button" onClick={closeDialog}>{t("close")}</button>
      </footer>
    </Dialog>
  );
}

function Edit({ person, done }: { person: Person; done: () => Promise<void> }) {
  const [role, setRole] = useState<string>(person.role);
  const [sight, setSight] = useState(person.sight);
  const [mine, setMine] = useState(person.teams);
  const [capacity, setCapacity] = useState(String(person.capacity));
  const [skills, setSkills] = useState(person.skills.join(", "));
  const [languages, setLanguages] = useState(person.languages.join(", "));
  const words = (text: string) => text.split(/[,\s]+/).filter(Boolean);
  const save = async (event: Event) => {
    event.preventDefault();
    const body = { role, sight, teams: mine, capacity: Number(capacity), skills: words(skills), languages: words(languages) };
    if (await tried(patch(`/people/${person.id}`, body))) {
      closeDialog();
      await done();
    }
  };
  const active = async (value: boolean) => {
    await tried(patch(`/people/${person.id}`, { active: value }));
    await done();
  };
  const reset = async () => {
    try {
      const made = await post<Link>(`/people/${person.id}/reset`);
      show(() => <ShowLink made={made} email={person.email} />);
    } catch (failure) {
      toast(explain(failure), { bad: true });
    }
  };
  return (
    <Dialog title={person.name}>
      <form onSubmit={save}>
        <Field label={t("role")}><select class="field" value={role} onChange={(e) => setRole(e.currentTarget.value)}>{[...new Set([...roles(), person.role])].map((name) => <option key={name} value={name}>{tOf("role", name)}</option>)}</select></Field>
        {role === "agent" && <Field label={t("sees")} hint={t("sees_hint")}><Sight value={sight} set={setSight} /></Field>}
        <Field label={t("capacity")} hint={t("capacity_hint")}><input class="field" type="number" min={0} max={200} required value={capacity} onInput={(e) => setCapacity(e.currentTarget.value)} /></Field>
        <TeamChecks value={mine} set={setMine} />
        <Field label={t("languages")} hint={t("languages_hint")}><input class="field" value={languages} onInput={(e) => setLanguages(e.currentTarget.value)} /></Field>
        <Field label={t("skills")} hint={t("skills_hint")}><input class="field" value={skills} onInput={(e) => setSkills(e.currentTarget.value)} /></Field>
        <footer>
          <button type="button" class="button" onClick={reset}>{t("reset_link")}</button>
          {person.id !== me.value.id && (
            <button type="button" class="button danger" onClick={() => (person.active ? confirmDialog(t("deactivate_sure", { name: person.name }), t("deactivate"), () => active(false)) : void active(true).then(closeDialog))}>
              {person.active ? t("deactivate") : t("activate")}
            </button>
          )}
          <button class="button primary">{t("save")}</button>
        </footer>
      </form>
    </Dialog>
  );
}
