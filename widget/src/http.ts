// Calls to the care server. The session's token travels in a header, never in an address.
export interface Refusal extends Error {
  status: number;
  code: string;
  wait: number;
}

export const refusal = (status: number, code = "", message = "", wait = 0): Refusal =>
  Object.assign(new Error(message), { status, code, wait });

export type Call = <T>(method: string, path: string, body?: unknown, seconds?: number) => Promise<T>;

const FINAL = [408, 425, 429];

// True where the server has understood and said no: trying again would not help.
export const isFinal = (error: unknown): error is Refusal =>
  (error as Refusal).status < 500 && !FINAL.includes((error as Refusal).status);

export const request = async <T>(
  address: string,
  method: string,
  token: string | null,
  body?: unknown,
  seconds = 15,
): Promise<T> => {
  const headers: Record<string, string> = {};
  const file = body instanceof File;
  if (token) headers["Authorization"] = `Bearer ${token}`;
  if (file) headers["X-Careline-Name"] = encodeURIComponent(body.name);
  if (body) headers["Content-Type"] = file ? body.type : "application/json";
  const answer = await fetch(address, {
    method,
    headers,
    body: file ? body : body ? JSON.stringify(body) : null,
    signal: AbortSignal.timeout(seconds * 1000),
  });
  const json = /json/.test(answer.headers.get("Content-Type") || "");
  const content = await (json ? answer.json() : answer.blob());
  if (answer.ok) return content;
  const { code, message } = content.error || {};
  throw refusal(answer.status, code, message, +answer.headers.get("Retry-After")!);
};
