// The audit log: who did what, when. Nothing can be changed here.
import { useEffect, useState } from "preact/hooks";
import { get } from "../lib/api";
import { t, tOf } from "../lib/i18n";
import { dateTime } from "../lib/time";
import { explain } from "../state/store";
import { Problem } from "./form";

interface Row {
  id: number;
  name: string | null;
  action: string;
  target: string;
  data: Record<string, unknown>;
  at: string;
}

export function Audit() {
  const [rows, setRows] = useState<Row[]>([]);
  const [more, setMore] = useState(true);
  const [problem, setProblem] = useState("");
  const load = async (before?: number) => {
    try {
      const page = await get<{ rows: Row[] }>("/audit" + (before ? `?before=${before}` : ""));
      setRows((known) => (before ? [...known, ...page.rows] : page.rows));
      setMore(page.rows.length === 100);
    } catch (failure) {
      setProblem(explain(failure));
    }
  };
  useEffect(() => void load(), []);
  return (
    <section class="sheet">
      <Problem text={problem} />
      <table class="table">
        <thead><tr><th>{t("when")}</th><th>{t("who")}</th><th>{t("what")}</th><th>{t("where")}</th></tr></thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <td class="nowrap">{dateTime(row.at)}</td>
              <td>{row.name ?? t("system")}</td>
              <td>{tOf("audit", row.action.replace(/\./g, "_"))}</td>
              <td>{row.target.startsWith("conversation:") ? <a href={`/desk/c/${row.target.slice(13)}`}>#{row.target.slice(13)}</a> : row.target}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {more && rows.length > 0 && <button class="button" onClick={() => load(rows[rows.length - 1]!.id)}>{t("load_more")}</button>}
    </section>
  );
}
