// What happens to the page: on and off line, hidden, kept by the back button, other tabs.
export interface PageNews {
  back(): void;
  away(): void;
  offline(): void;
  look(): void;
  joined(): void;
  left(): void;
}

export const watchPage = (prefix: string, on: PageNews): void => {
  addEventListener("online", on.back);
  addEventListener("offline", on.offline);
  addEventListener("pagehide", on.away);
  addEventListener("pageshow", (event) => event.persisted && on.back());
  addEventListener("visibilitychange", on.look);
  addEventListener("storage", ({ key, newValue }) => {
    if (key === `${prefix}seen`) on.look();
    else if (key === `${prefix}token`) newValue ? on.joined() : on.left();
  });
};
