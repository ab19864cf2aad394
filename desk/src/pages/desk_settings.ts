// The settings kept in the record: assignment, hours, service levels.
export interface Rule {
  channel?: string | null;
  language?: string | null;
  reason?: string | null;
  team_id?: number | null;
  skill?: string | null;
}
export interface Policy {
  name: string;
  priority: string | null;
  channel: string | null;
  team_id: number | null;
  first: number | null;
  next: number | null;
  resolution: number | null;
  in_hours: boolean;
}
export interface DeskSettings {
  assignment: { automatic: boolean; strategy: string; return_seconds: number; grace_seconds: number; rules: Rule[] };
  hours: { time_zone: string; week: Record<string, [string, string][]>; holidays: (string | { date: string; name?: string; spans?: [string, string][] })[] };
  sla: { policies: Policy[] };
}
