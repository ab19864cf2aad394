// What all agents share: teams, tags, canned replies.
import { get } from "../lib/api";
import type { Canned, Team } from "../lib/types";
import { canned, tags, teams } from "./store";

export async function loadShared(): Promise<void> {
  const data = await get<{ teams: Team[]; tags: string[]; canned: Canned[] }>("/shared");
  teams.value = data.teams;
  tags.value = data.tags;
  canned.value = data.canned;
}
