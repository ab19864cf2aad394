// Texts of the locale in force, with {placeholders}.
export type Say = (key: string, values?: Record<string, string | number>) => string;

export const speak =
  (texts: Record<string, string>): Say =>
  (key, values = {}) =>
    (texts[key] ?? key).replace(/\{(\w+)\}/g, (_, name: string) => `${values[name] ?? ""}`);

export const RTL = /^(ar|fa|he|ur)\b/;
