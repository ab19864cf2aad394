// Parts of settings pages: fields, saving with a word about it, deleting only when meant.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { get } from "../lib/api";
import { t } from "../lib/i18n";
import { explain } from "../state/store";
import { closeDialog, Dialog, show } from "../ui/dialog";
import { toast } from "../ui/toast";

export function Field(props: { label: string; hint?: string; children: ComponentChildren }) {
  return (
    <label class="stack-field">
      <span class="label">{props.label}</span>
      {props.children}
      {props.hint && <span class="soft">{props.hint}</span>}
    </label>
  );
}

/** Read something, and again when one of `news` changes; the function reads it anew. */
export function useLoaded<T>(path: string, ...news: unknown[]): [T | null, () => Promise<void>, string] {
  const [data, setData] = useState<T | null>(null);
  const [problem, setProblem] = useState("");
  const load = async () => {
    try {
      setData(await get<T>(path));
      setProblem("");
    } catch (failure) {
      setProblem(explain(failure));
    }
  };
  useEffect(() => void load(), [path, ...news]);
  return [data, load, problem];
}

export async function tried(work: Promise<unknown>, done = t("saved")): Promise<boolean> {
  try {
    await work;
    if (done) toast(done);
    return true;
  } catch (failure) {
    toast(explain(failure), { bad: true });
    return false;
  }
}

export function confirmDialog(question: string, act: string, run: () => Promise<unknown>): void {
  show(() => (
    <Dialog title={question}>
      <footer>
        <button class="button" autoFocus onClick={closeDialog}>{t("cancel")}</button>
        <button class="button danger" onClick={() => { closeDialog(); void run(); }}>{act}</button>
      </footer>
    </Dialog>
  ));
}

export function Problem({ text }: { text: string }) {
  return text ? <p class="problem" role="alert">{text}</p> : null;
}
