// What a measure is, and how its figures are written.
import { t, tOf } from "../lib/i18n";
import { short } from "../lib/time";

export interface Figure {
  n: number;
  value: number | null;
  median: number | null;
  p90: number | null;
}
export interface Measure extends Figure {
  key: string;
  name: string;
  formula: string;
  side: string;
  kind: string;
  unit: string;
  better: string;
  reference: string;
  target: number | null;
  owner_id: number | null;
  owner: string;
  reviewed_at: string | null;
  overdue: boolean;
  before: Figure;
  gap: number | null;
  few: boolean;
}
export interface Report {
  from: string;
  to: string;
  measures: Measure[];
}

/** A share as people write it. */
export const percent = (share: number, digits = 0) => `${(share * 100).toFixed(digits)} %`;

/** A figure in its unit. */
export function figure(measure: { unit: string }, value: number | null): string {
  if (value === null) return "–";
  if (measure.unit === "share") return percent(value, 1);
  if (measure.unit === "seconds") return value < 10 ? `${value.toFixed(1)}s` : short(value);
  if (measure.unit === "score") return value.toFixed(2);
  return String(Math.round(value));
}

/** The server's word for it, unless the desk's language has its own. */
export const named = (measure: { key: string; name: string }) => own("m", measure.key) ?? measure.name;
export const formula = (measure: { key: string; formula: string }) => own("f", measure.key) ?? measure.formula;
export const reference = (measure: { key: string; reference: string }) => own("ref", measure.key) ?? measure.reference;

function own(prefix: string, key: string): string | null {
  const found = tOf(prefix, key);
  return found === key.replace(/_/g, " ") ? null : found;
}

/** What is written in a field, as the measure counts: shares are written in per cent. */
export const written = (measure: { unit: string }, value: number | null) => (value === null ? "" : String(measure.unit === "share" ? Math.round(value * 1000) / 10 : value));
export const read = (measure: { unit: string }, text: string) => (text.trim() === "" ? null : measure.unit === "share" ? Number(text) / 100 : Number(text));
export const unit = (measure: { unit: string }) => (measure.unit === "share" ? "%" : measure.unit === "seconds" ? t("seconds") : "");
