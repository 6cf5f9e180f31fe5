import type { ReactNode } from "react";
import { Button } from "../parts/button.js";
import { FaultNotice } from "../parts/fault-notice.js";
import { TablePlace } from "../parts/table-place.js";
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
      <FaultNotice fault={fault} />
      {rows === null && fault === null && <p className="muted">{words.inbox.loading}</p>}
      {rows !== null && (
        <TablePlace title={title} columns={columns} isEmpty={rows.length === 0} hasActs>
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
        </TablePlace>
      )}
      {more !== null && <Button onClick={() => void more()}>{words.admin.more}</Button>}
    </>
  );
}
