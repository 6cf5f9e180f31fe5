import type { ReactNode } from "react";
import { Button } from "../parts/button.js";
import { words } from "../words/en.js";
import type { Pages } from "./use-pages.js";

export interface PagedTableProps<T> {
  title: string;
  pages: Pages<T>;
  columns: readonly string[];
  /** The cells of a row, as many as there are columns. */
  cells: (row: T) => readonly ReactNode[];
  /** What can be done with a row. */
  acts: (row: T) => ReactNode;
  keyOf: (row: T) => number;
}

/** A list of the API's as a table, with what can be done at the end of each row. */
export function PagedTable<T>({ title, pages, columns, cells, acts, keyOf }: PagedTableProps<T>) {
  const { rows, fault, more } = pages;
  return (
    <>
      {fault !== null && (
        <p className="notice fault" role="alert">
          {words.fault(fault)}
        </p>
      )}
      {rows === null && fault === null && <p className="muted">{words.inbox.loading}</p>}
      {rows !== null && (
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
                <th scope="col">
                  <span className="visually-hidden">{words.admin.acts}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={keyOf(row)}>
                  {cells(row).map((cell, at) => (
                    <td key={columns[at]}>
                      <span className="cell">{cell}</span>
                    </td>
                  ))}
                  <td className="row-acts">{acts(row)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {rows.length === 0 && <p className="list-text">{words.inbox.nothing}</p>}
        </section>
      )}
      {more !== null && <Button onClick={() => void more()}>{words.admin.more}</Button>}
    </>
  );
}
