// A training: how far it is, what it changed on messages that neither model has seen, and the
// exchange of the model.
import { useEffect, useState } from "preact/hooks";
import { get, post } from "../lib/api";
import { t, tOf, type Word } from "../lib/i18n";
import { dateTime, short, tick } from "../lib/time";
import { sharedChanged } from "../state/shared";
import { explain } from "../state/store";
import { toast } from "../ui/toast";

interface Measured {
  model: string;
  accuracy: number;
  wrong?: number;
  messages: number;
  better?: number;
  worse?: number;
}
interface Run {
  id: number;
  state: string;
  examples: number;
  before: Measured | null;
  after: Measured | null;
  error: string | null;
  started_at: string;
  finished_at: string | null;
  live_at: string | null;
}
interface TrainingState {
  last: Run | null;
  done: Run | null;
  step: string | null;
  lines: string[];
}

const STEPS = ["reading", "learning", "measuring_before", "measuring_after"];
const percent = (value: number | null | undefined) => (value == null ? "–" : `${(value * 100).toFixed(1)} %`);

export function Training() {
  const [data, setData] = useState<TrainingState | null>(null);
  const [busy, setBusy] = useState(false);
  const load = () => get<TrainingState>("/training").then(setData, () => {});
  useEffect(() => void load(), [sharedChanged.value]);
  const last = data?.last;
  const running = last?.state === "running";
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(load, 3000);
    return () => clearInterval(timer);
  }, [running]);
  const run = async (path: string, word: Word) => {
    setBusy(true);
    try {
      await post(path);
      toast(t(word));
    } catch (failure) {
      toast(explain(failure), { bad: true });
    }
    await load();
    setBusy(false);
  };
  if (!data) return null;
  return (
    <section class="sheet training" aria-live="polite">
      <div class="sheet-head">
        <div><h2>{t("training")}</h2><p class="soft">{t("training_lead")}</p></div>
        <button class="button primary" disabled={running || busy} onClick={() => run("/training", "training_begun")}>{running ? t("training_runs") : t("train_now")}</button>
      </div>
      {running && <Progress data={data} run={last} />}
      {last?.state === "failed" && <p class="problem" role="alert">{tOf("training_error", last.error)}</p>}
      {data.done && <Effect run={data.done} />}
      {data.done && (
        <p class="live-line">
          {data.done.live_at ? t("live_since", { time: dateTime(data.done.live_at) }) : <button class="button" disabled={busy || running} onClick={() => run("/training/live", "now_live")}>{t("go_live")}</button>}
          {!data.done.live_at && <span class="soft">{t("go_live_hint")}</span>}
        </p>
      )}
    </section>
  );
}

function Progress({ data, run }: { data: TrainingState; run: Run }) {
  const at = STEPS.indexOf(data.step ?? "");
  return (
    <div class="progress">
      <ol>
        {STEPS.map((name, index) => (
          <li key={name} class={index < at ? "done" : index === at ? "now" : ""} aria-current={index === at ? "step" : undefined}>{t(`step_${name}` as Word)}</li>
        ))}
      </ol>
      <p class="soft" aria-live="off">{t("running_for", { time: short((tick.value - Date.parse(run.started_at)) / 1000) })}</p>
      {data.lines.length > 0 && <details><summary>{t("details")}</summary><pre class="log" tabIndex={0}>{data.lines.join("\n")}</pre></details>}
    </div>
  );
}

function Effect({ run }: { run: Run }) {
  const { before, after } = run;
  if (!after) return null;
  const gain = before ? after.accuracy - before.accuracy : null;
  return (
    <>
      <dl class="figures">
        <div><dt>{t("accuracy_before")}</dt><dd>{percent(before?.accuracy)}</dd></div>
        <div><dt>{t("accuracy_after")}</dt><dd>{percent(after.accuracy)} {gain !== null && <span class={gain < 0 ? "delta bad" : "delta"}>{gain >= 0 ? "+" : "−"}{Math.abs(gain * 100).toFixed(1)}</span>}</dd></div>
        {after.wrong !== undefined && <div><dt>{t("answered_wrongly")}</dt><dd>{percent(after.wrong)} {before?.wrong !== undefined && <span class="soft">{t("was", { value: percent(before.wrong) })}</span>}</dd></div>}
        <div><dt>{t("learnt_from")}</dt><dd>{run.examples}</dd></div>
      </dl>
      <p class="soft">
        {t("held_out_hint", { n: after.messages })}{" "}
        {after.better !== undefined && t("better_worse", { better: after.better, worse: after.worse ?? 0 })}
      </p>
    </>
  );
}
