// What the server sends, as docs/developers/contracts.md describes it.

export interface Button {
  title: string;
  token: string;
  used: boolean;
}

export interface Card {
  title: string;
  text?: string | null;
  image?: string | null;
  link?: string | null;
}

export interface FileInfo {
  id: string;
  name: string;
  type: string;
  size: number;
}

export type RatingKind = "csat" | "ces" | "nps";

export interface Rating {
  kind: RatingKind;
  score: number | null;
}

export interface Message {
  id: number;
  author: "customer" | "bot" | "agent" | "system";
  name: string | null;
  text: string;
  buttons: Button[];
  image: string | null;
  card: { cards?: Card[] } | null;
  files: FileInfo[];
  rating: Rating | null;
  thumb: number | null;
  // The answer that this message asks about: its two buttons say that it helped, and that not.
  judges: number | null;
  at: string;
  key: string | null;
}

export interface Conversation {
  id: number | null;
  owner: "bot" | "queue" | "agent";
  status: string;
  agent: string | null;
  queue: Place | null;
}

export interface Place {
  position: number;
  wait_seconds: number | null;
}

export interface CareEvent {
  seq: number;
  kind: string;
  at: string;
  data: {
    message?: Message;
    owner?: Conversation["owner"];
    name?: string | null;
    status?: string;
    by?: string;
    seq?: number;
  };
}

export interface Field {
  name: string;
  label: string;
  kind: "text" | "email" | "phone" | "choice" | "consent" | "long";
  required: boolean;
  choices: string[];
}

export interface Settings {
  shop: string;
  bot: string;
  title: string;
  greeting: string | null;
  intro: string | null;
  suggestions: string[];
  theme: Record<string, string>;
  scheme: "auto" | "light" | "dark";
  form: Field[];
  hours: { open: boolean; next_opening: string | null };
  files: { max_bytes: number; types: string[] } | null;
  transcript: boolean;
  max_chars: number;
}

export interface Inbox {
  settings: Settings;
  locale: string;
  texts: Record<string, string>;
}

export interface Session {
  token: string;
  conversation: Conversation | null;
  customer: { name: string | null; email: string | null; verified: boolean };
  history: CareEvent[];
  // There is more before `history`.
  earlier: boolean;
  last_seq: number;
}

// What the loader hands to the panel.
export interface Options {
  base: string;
  inbox: string;
  locale: string | null;
  page: boolean;
  launcher: HTMLButtonElement;
  root: ShadowRoot;
  host: HTMLElement;
}

export interface Panel {
  open(): Promise<void>;
  close(): void;
  toggle(): void;
  send(text: string): void;
  identify(token: string): Promise<void>;
  logout(): Promise<void>;
  setLocale(locale: string): Promise<void>;
}

// What the panel sends.
export interface Sent {
  key?: string;
  text?: string | undefined;
  button?: string | undefined;
  files?: string[] | undefined;
  page?: string;
  locale?: string;
  identity?: string;
  fields?: Record<string, string>;
  score?: number;
  comment?: string;
  reason?: string;
  message_id?: number;
  phone?: string | undefined;
  after?: number;
}

// What the server says when it refuses.
export interface Refused {
  error: { code: string; message: string };
}

// What the server puts into the loader for each inbox.
export interface Look {
  color?: string;
  ink?: string;
  side?: string;
  label?: string;
}

// Details of the events that the shop's page hears.
export interface Told {
  verified: boolean;
  count: number;
  message: Message;
  error: unknown;
  events: unknown[];
  element: HTMLElement;
  Careline: unknown;
}
