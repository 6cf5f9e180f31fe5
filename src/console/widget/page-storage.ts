import type { TextStorage } from "../desk/drafts.js";

/** The page's own storage; what it may not or cannot keep there is kept until it is left. */
export function pageStorage(open: () => TextStorage): TextStorage {
  const kept = new Map<string, string>();
  const attempt = <T>(run: (storage: TextStorage) => T): T | undefined => {
    try {
      return run(open());
    } catch {
      return undefined;
    }
  };
  return {
    getItem: (key) => kept.get(key) ?? attempt((storage) => storage.getItem(key)) ?? null,
    setItem: (key, value) => {
      const isKept = attempt((storage) => {
        storage.setItem(key, value);
        return true;
      });
      if (isKept) kept.delete(key);
      else kept.set(key, value);
    },
    removeItem: (key) => {
      kept.delete(key);
      attempt((storage) => storage.removeItem(key));
    },
  };
}
