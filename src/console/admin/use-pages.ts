import { useCallback, useEffect, useState } from "react";
import { asCallError } from "../http/call-error.js";
import type { Page } from "../http/desk-calls.js";
import { useDesk } from "../screens/desk-context.js";

const pageSize = 50;

/** A list of the API's, page by page. */
export interface Pages<T> {
  /** null: nothing has come yet. */
  rows: readonly T[] | null;
  fault: string | null;
  /** Fetches the first page anew. */
  reload: () => Promise<void>;
  /** Fetches the next page; null: there is none. */
  more: (() => Promise<void>) | null;
}

/** Follows a list: fetched when the path or the query changes. `query` is compared by what it says. */
export function usePages<T>(path: string, query: Readonly<Record<string, string>>): Pages<T> {
  const { http } = useDesk();
  const [rows, setRows] = useState<readonly T[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const asked = JSON.stringify(query);
  const load = useCallback(
    async (cursor?: string) => {
      try {
        const all = { ...(JSON.parse(asked) as Record<string, string>), limit: pageSize, cursor };
        const page = await http.call<Page<T>>("GET", path, { query: all });
        setRows((known) => (cursor === undefined ? page.results : [...(known ?? []), ...page.results]));
        setNext(page.next);
        setFault(null);
      } catch (error) {
        setFault(asCallError(error).message);
      }
    },
    [http, path, asked],
  );
  useEffect(() => void load(), [load]);
  return { rows, fault, reload: () => load(), more: next === null ? null : () => load(next) };
}
