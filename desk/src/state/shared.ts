// What all agents share: teams, tags, canned replies.
import { signal } from "@preact/signals";
import { get } from "../lib/api";
import type { Canned, Team } from "../lib/types";
import { canned, tags, teams } from "./store";

/** Grows when something that all share has changed. */
export const sharedChanged = signal(0);

export async function loadShared(): Promise<void> {
  const data = await get<{ teams: Team[]; tags: string[]; canned: Canned[] }>("/shared");
  teams.value = data.teams;
  tags.value = data.tags;
  canned.value = data.canned;
}
