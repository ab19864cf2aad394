// What the server says (docs/developers/contracts.md).
export type Owner = "bot" | "queue" | "agent";
export type Status = "open" | "snoozed" | "resolved";
export type Priority = "urgent" | "high" | "normal" | "low";
export type PresenceName = "online" | "busy" | "away" | "offline";

export interface Row {
  id: number;
  customer: { id: number; name: string | null; verified: boolean };
  channel: string;
  inbox: string;
  owner: Owner;
  agent_id: number | null;
  team_id: number | null;
  status: Status;
  priority: Priority;
  language: string | null;
  version: number;
  opened_at: string;
  last_at: string;
  waiting_since: string | null;
  snoozed_until: string | null;
  resolved_at: string | null;
  offered_agent_id: number | null;
  wanted_agent_id: number | null;
  due_at: string | null;
  due_kind: "first" | "next" | "resolution" | null;
  reason: string | null;
  tags: string[];
  unread: number;
  last: { id: number; author: string; text: string; kind: string } | null;
}

export interface FileInfo {
  id: string;
  name: string;
  type: string;
  size: number;
  url?: string;
}

export interface Understanding {
  ranking?: { name: string; confidence: number }[] | null;
  entities?: { entity: string; value: unknown }[] | null;
  slots?: Record<string, unknown> | null;
  decision?: unknown;
  language?: string | null;
  latency_ms?: number | null;
}

export interface Message {
  id: number;
  conversation_id: number;
  author: "customer" | "bot" | "agent" | "system";
  agent_id: number | null;
  name: string | null;
  kind: string;
  public: boolean;
  text: string;
  at: string;
  edited: boolean;
  deleted: boolean;
  intent: string | null;
  confidence: number | null;
  understanding: Understanding | null;
  files: FileInfo[];
  image: string | null;
  card: unknown;
  rating: { kind: string } | null;
  response: string | null;
  mentions: number[];
  reply_to: number | null;
  key: string | null;
  delivery: { state: string; error: string | null; attempts: number } | null;
  fix: { intent: string | null; state: string; id: number } | null;
  seq?: number;
  sending?: boolean;
  failed?: string;
}

export interface Handoff {
  id: number;
  reason: string;
  summary: string;
  slots: Record<string, unknown>;
  outcome: string | null;
  agent_id: number | null;
  requested_at: string;
  claimed_at: string | null;
  ended_at: string | null;
}

export interface Customer {
  id: number;
  name: string | null;
  email: string | null;
  language: string | null;
  verified: boolean;
  attributes: Record<string, unknown>;
  since: string;
  identities: { channel: string; verified: boolean }[];
}

export interface Past {
  id: number;
  opened_at: string;
  status: Status;
  channel: string;
  last: Row["last"];
  ratings: { kind: string; score: number }[];
}

export interface FeedbackItem {
  id: number;
  kind: string;
  score: number | null;
  comment: string | null;
  agent_id: number | null;
  at: string;
}

export interface Transfer {
  id: number;
  from_agent_id: number;
  to_agent_id: number | null;
  comment: string;
  at: string;
}

export interface Whole {
  row: Row;
  conversation: { id: number; context: Record<string, unknown> };
  customer: Customer;
  messages: Message[];
  more: boolean;
  handoffs: Handoff[];
  feedback: FeedbackItem[];
  transfer: Transfer | null;
  slots: Record<string, unknown>;
  past: Past[];
  seen: { seq: number; at: string } | null;
  last_seq: number;
}

export interface Agent {
  id: number;
  name: string;
  role: "owner" | "supervisor" | "agent";
  active: boolean;
  teams: number[];
  capacity: number;
  presence: PresenceName;
}

export interface Me extends Agent {
  email: string;
  sight: "own" | "team" | "all";
  leads: boolean;
  wanted: PresenceName;
  settings: { language: string | null; theme: string | null; sound: boolean | null; popups: boolean | null };
  shop: string;
  bot: string;
  last_seq: number;
}

export interface EventFrame {
  type: "event";
  seq: number;
  kind: string;
  at: string;
  conversation_id: number | null;
  data: Record<string, unknown>;
  row?: Row;
  message?: Message;
}

export type Frame =
  | EventFrame
  | { type: "ready" | "snapshot"; last_seq: number; desk: string }
  | { type: "pong" }
  | { type: "presence"; agents: Record<string, PresenceName> }
  | { type: "typing"; conversation_id: number; author: string; name?: string }
  | { type: "viewing"; conversation_id: number; agent_id: number; name: string; on: boolean; typing: boolean }
  | { type: "notify"; notification: Notification_ }
  | { type: "settings"; what: string };

export interface Notification_ {
  id: number;
  kind: string;
  conversation_id: number | null;
  message_id: number | null;
  by: string | null;
  text: string;
  at: string;
  read: boolean;
}

export interface Team {
  id: number;
  name: string;
  members: number[];
}

export interface Canned {
  id: number;
  shortcut: string;
  title: string;
  text: string;
  team_id: number | null;
}
