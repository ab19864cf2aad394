// Messages that are marks in the transcript, not speech.
import { t } from "../lib/i18n";
import type { Message } from "../lib/types";

export function markOf(message: Message): string | null {
  const who = message.name ?? "";
  switch (message.kind) {
    case "hand_back":
      return t("mark_hand_back", { name: who });
    case "transfer":
      return message.text;
    default:
      return null;
  }
}
