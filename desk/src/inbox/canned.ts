// Canned replies: variables filled with what is known; unknown ones are left empty.
import { me } from "../state/store";
import type { Whole } from "../lib/types";

export const VARIABLES = ["customer.name", "customer.first_name", "customer.email", "agent.name", "agent.first_name", "conversation.id", "shop"] as const;

export function fill(text: string, whole: Whole): string {
  const first = (name: string | null) => (name ?? "").trim().split(/\s+/)[0] ?? "";
  const values: Record<string, string> = {
    "customer.name": whole.customer.name ?? "",
    "customer.first_name": first(whole.customer.name),
    "customer.email": whole.customer.email ?? "",
    "agent.name": me.value.name,
    "agent.first_name": first(me.value.name),
    "conversation.id": String(whole.row.id),
    shop: me.value.shop,
  };
  const slot = (name: string) => whole.slots[name.replace(/^slot\./, "")];
  return text
    .replace(/\{\{\s*([\w.]+)\s*\}\}/g, (_, name: string) => values[name] ?? String(slot(name) ?? ""))
    .replace(/ +([,.!?])/g, "$1");
}
