// Calls to the desk's API. Every failure becomes an ApiError with words for people.
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly more: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

let onSignedOut: () => void = () => location.assign("/desk/sign-in");

export function whenSignedOut(act: () => void): void {
  onSignedOut = act;
}

export async function call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const headers: Record<string, string> = { "X-Careline": "desk", Accept: "application/json" };
  const file = body instanceof File ? body : null;
  if (body !== undefined) headers["Content-Type"] = file ? "application/octet-stream" : "application/json";
  if (file) headers["X-Careline-Name"] = encodeURIComponent(file.name);
  let response: Response;
  try {
    response = await fetch("/api/desk" + path, {
      method,
      headers,
      body: body === undefined ? undefined : (file ?? JSON.stringify(body)),
      credentials: "same-origin",
      signal,
    });
  } catch (failure) {
    if (signal?.aborted) throw failure;
    throw new ApiError(0, "offline", "");
  }
  if (response.status === 204) return undefined as T;
  let data: unknown = null;
  try {
    data = await response.json();
  } catch {
    throw new ApiError(response.status || 0, "offline", "");
  }
  if (response.ok) return data as T;
  const told = (data as { error?: Record<string, unknown> }).error ?? {};
  const { code, message, ...more } = told;
  if (response.status === 401) onSignedOut();
  throw new ApiError(response.status, String(code ?? "failed"), String(message ?? ""), more);
}

export const get = <T>(path: string, signal?: AbortSignal) => call<T>("GET", path, undefined, signal);
export const post = <T>(path: string, body: unknown = {}) => call<T>("POST", path, body);
export const put = <T>(path: string, body: unknown) => call<T>("PUT", path, body);
export const patch = <T>(path: string, body: unknown) => call<T>("PATCH", path, body);
export const upload = <T>(path: string, file: File) => call<T>("POST", path, file);
export const del = <T>(path: string) => call<T>("DELETE", path);

export function newKey(): string {
  return crypto.randomUUID();
}
