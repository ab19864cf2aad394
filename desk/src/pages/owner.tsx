// Who answers for something: colleagues who work here; one who left stays shown until another is chosen.
import { t } from "../lib/i18n";
import type { Agent } from "../lib/types";
import { agentName, agents } from "../state/store";

interface Choice {
  id: number | null;
  none: string; // what stands there while it is nobody
  choose: (id: number | null) => void;
  clearable?: boolean; // whether it can be nobody again
  among?: (agent: Agent) => boolean;
  auto?: boolean; // as wide as its words
}

export function Owner({ id, none, choose, clearable, among = () => true, auto }: Choice) {
  const everyone = [...agents.value.values()];
  const here = everyone.filter((agent) => agent.active && (among(agent) || agent.id === id));
  const left = id !== null && !here.some((agent) => agent.id === id);
  return (
    <select class={`field${auto ? " auto" : ""}`} value={id ?? ""} onChange={(e) => choose(Number(e.currentTarget.value) || null)}>
      {(clearable || id === null) && <option value="">{none}</option>}
      {left && <option value={id} disabled>{t("who_left", { name: agentName(id) })}</option>}
      {here.map((agent) => <option key={agent.id} value={agent.id}>{agentName(agent.id)}</option>)}
    </select>
  );
}
