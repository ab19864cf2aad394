// Correcting what the assistant understood: the agent says what the customer meant.
import { useEffect, useMemo, useState } from "preact/hooks";
import { get, post } from "../lib/api";
import { sure } from "../lib/confidence";
import { t } from "../lib/i18n";
import type { Message } from "../lib/types";
import { explain } from "../state/store";
import { closeDialog, Dialog, show } from "../ui/dialog";
import { toast } from "../ui/toast";

export interface Intent {
  name: string;
  example: string;
}

let known: Intent[] | null = null;
export async function intents(): Promise<Intent[]> {
  known ??= (await get<{ intents: Intent[] }>("/intents")).intents;
  return known;
}

export function fixMeaning(message: Message): void {
  show(() => <FixDialog message={message} />);
}

function FixDialog({ message }: { message: Message }) {
  const [all, setAll] = useState<Intent[]>([]);
  const [words, setWords] = useState("");
  useEffect(() => {
    intents().then(setAll, (failure) => toast(explain(failure), { bad: true }));
  }, []);
  const guessed = new Map((message.understanding?.ranking ?? []).map((item) => [item.name, item.confidence]));
  const list = useMemo(() => {
    const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (intent: Intent) => wanted.every((word) => `${intent.name} ${intent.example}`.toLowerCase().includes(word));
    return all.filter(fits).sort((a, b) => (guessed.get(b.name) ?? 0) - (guessed.get(a.name) ?? 0)).slice(0, 40);
  }, [all, words]);
  const choose = async (intent: string | null) => {
    try {
      await post(`/messages/${message.id}/correction`, { intent });
      toast(t("fix_thanks"), { detail: t("fix_thanks_detail") });
      closeDialog();
    } catch (failure) {
      toast(explain(failure), { bad: true });
    }
  };
  return (
    <Dialog title={t("fix_title")}>
      <blockquote class="quoted">{message.text}</blockquote>
      <p class="soft">{t("fix_understood", { intent: message.intent ?? "", sure: sure(message.confidence ?? 0) })}</p>
      <input class="field" type="search" autoFocus placeholder={t("fix_search")} aria-label={t("fix_search")} value={words} onInput={(e) => setWords(e.currentTarget.value)} />
      <ul class="choices" aria-label={t("fix_title")}>
        <li>
          <button class="choice" onClick={() => choose(null)}>
            <strong>{t("none_of_these")}</strong>
            <span class="soft">{t("none_of_these_detail")}</span>
          </button>
        </li>
        {list.map((intent) => (
          <li key={intent.name}>
            <button class="choice" onClick={() => choose(intent.name)} disabled={intent.name === message.intent}>
              <strong>{intent.name}</strong>
              {guessed.has(intent.name) && <span class={`sure${guessed.get(intent.name)! < 0.6 ? " low" : ""}`}>{sure(guessed.get(intent.name)!)}</span>}
              <span class="soft">{intent.example}</span>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
