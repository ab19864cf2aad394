// Who the customer is to the server: opening a session, going on with it, renewing it, ending it.
import type { Options, Session } from "./types";
import { type Call, type Refusal, refusal, request } from "./http";
import type { Store } from "./store";

export interface SessionKeeper {
  token(): string | null;
  call: Call;
  ensure(extra?: object): Promise<void>;
  resume(): Promise<void>;
  identify(identity: string): Promise<void>;
  end(): Promise<void>;
}

export interface Noticed {
  session(session: Session, fresh: boolean): void;
  expired(): void;
  signedOut(): void;
}

export const keepSession = (
  o: Options,
  store: Store,
  locale: () => string,
  on: Noticed,
): SessionKeeper => {
  let identity: string | null = null;
  let verified = store.get("verified") === "1";
  let shut = false; // a signed-in customer's session ended: nothing is sent as a stranger
  let opening: Promise<unknown> = Promise.resolve();

  const token = (): string | null => store.get("token");

  const call: Call = async (method, path, body, seconds) => {
    const used = token();
    try {
      return await request(o.base + path, method, used, body, seconds);
    } catch (error) {
      if (used && (error as Refusal).status === 401) await inTurn(() => renew(used));
      throw error;
    }
  };

  const signIn = async (bearer: string | null, extra: object = {}): Promise<void> => {
    const body = {
      inbox: o.inbox,
      locale: locale(),
      page: location.pathname,
      ...(identity ? { identity } : null),
      ...extra,
    };
    const session = await request<Session>(`${o.base}/api/widget/sessions`, "POST", bearer, body);
    const fresh = session.token !== bearer;
    verified = session.customer.verified;
    shut = false;
    store.set("token", session.token);
    store.set("verified", verified ? "1" : "");
    on.session(session, fresh);
  };

  const closed = (): void => {
    shut = true;
    on.signedOut();
  };

  // The token is no longer accepted: a stranger gets a new session when there is something to
  // send, a signed-in customer only with a fresh proof from the shop.
  const renew = async (used: string): Promise<void> => {
    if (token() !== used) return;
    store.remove("token");
    if (!verified) return on.expired();
    if (!identity) return closed();
    await signIn(null).then(on.expired, (error: Refusal) => {
      if (error.status !== 401) return;
      identity = null;
      closed();
    });
  };

  // One after the other: two answers must not take each other's token away.
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = opening.catch(() => 0).then(work);
    opening = done;
    return done;
  };

  return {
    token,
    call,
    ensure: (extra) =>
      inTurn(async () => {
        if (shut) throw refusal(401);
        if (!token()) await signIn(null, extra);
      }),
    resume: () =>
      inTurn(async () => {
        const used = token();
        if (!used) return;
        try {
          await signIn(used);
        } catch (error) {
          if ((error as Refusal).status !== 401) throw error;
          await renew(used);
        }
      }),
    identify: (proof) =>
      inTurn(async () => {
        identity = proof;
        try {
          await signIn(token()).catch((error: Refusal) => {
            // The proof is good but the old token is not: go on without it.
            if (error.code !== "session_expired") throw error;
            return signIn(null);
          });
        } catch (error) {
          identity = null;
          throw error;
        }
      }),
    end: async () => {
      const used = token();
      identity = null;
      verified = shut = false;
      store.clear();
      if (used) await request(`${o.base}/api/widget/sessions`, "DELETE", used).catch(() => 0);
    },
  };
};
