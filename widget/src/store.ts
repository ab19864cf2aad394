// What this browser remembers of an inbox. Where storage is forbidden or full, this page remembers.
export interface Store {
  get(name: string): string | null;
  set(name: string, value: string): void;
  remove(name: string): void;
  names(start: string): string[];
  clear(): void;
  prefix: string;
}

export const openStore = (inbox: string): Store => {
  const prefix = `careline:${inbox}:`;
  const memory = new Map<string, string>();
  const attempt = <T>(work: (storage: Storage) => T, fallback: T): T => {
    try {
      return work(localStorage);
    } catch {
      return fallback;
    }
  };
  const names = (start: string): string[] => {
    const found = new Set(memory.keys());
    attempt((storage) => {
      for (let i = 0; i < storage.length; i++) {
        const name = storage.key(i)!;
        if (name.startsWith(prefix)) found.add(name.slice(prefix.length));
      }
    }, undefined);
    return [...found].filter((name) => name.startsWith(start)).sort();
  };
  const remove = (name: string): void => {
    memory.delete(name);
    attempt((storage) => storage.removeItem(prefix + name), undefined);
  };
  return {
    prefix,
    names,
    remove,
    get: (name) => memory.get(name) ?? attempt((storage) => storage.getItem(prefix + name), null),
    set: (name, value) => {
      const kept = attempt((storage) => (storage.setItem(prefix + name, value), true), false);
      if (kept) memory.delete(name);
      else memory.set(name, value);
    },
    clear: () => names("").forEach(remove),
  };
};
