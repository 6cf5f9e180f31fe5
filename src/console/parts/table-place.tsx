import type { ReactNode } from "react";
import { words } from "../words/en.js";

export interface TablePlaceProps {
  title: string;
  /** Heads of the columns, each another one. */
  columns: readonly string[];
  /** Each row ends with what can be done with it. */
  hasActs?: boolean;
  /** It is known that there are no rows. */
  isEmpty?: boolean;
  /** The rows. */
  children: ReactNode;
}

/** A table with its heads, in a place of its own that is scrolled where it is too wide. */
export function TablePlace({ title, columns, hasActs = false, isEmpty = false, children }: TablePlaceProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table is scrolled by its keys
    <section className="table-place" aria-label={title} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
            {hasActs && (
              <th scope="col">
                <span className="visually-hidden">{words.admin.acts}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
      {isEmpty && <p className="list-text">{words.inbox.nothing}</p>}
    </section>
  );
}
