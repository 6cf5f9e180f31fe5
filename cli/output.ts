import Table from "cli-table3";

/** A line on stdout. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** A line on stderr: progress and hints, which no script reads. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** One line of JSON on stdout. */
export function sayJson(value: unknown): void {
  say(JSON.stringify(value));
}

const narrowest = 8;
const narrowestCut = 4;
/** Lists of more columns than that lose their frame where it would cost them their words. */
const bareColumns = 4;
const bareChars = {
  ...{ top: "", "top-mid": "", "top-left": "", "top-right": "" },
  ...{ bottom: "", "bottom-mid": "", "bottom-left": "", "bottom-right": "" },
  ...{ left: "", "left-mid": "", mid: "", "mid-mid": "", right: "", "right-mid": "", middle: " " },
};
const cellPadding = 3;

/** What must not reach a terminal from what customers wrote: control and escape signs, line ends. */
export function plain(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ").trim();
}

/**
 * A table that fits the terminal: the widest column gives way and wraps. Coloured only where somebody looks at it.
 * Columns from `numbersFrom` on stand to the right.
 */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[], numbersFrom = 99): string {
  const right = head.map((_, index) => index).filter((index) => index >= numbersFrom);
  return render(head, rows, { wrap: true, right });
}

/**
 * A list that fits the terminal, one line a row: the widest column gives way and ends in "…". In a pipe nothing is cut.
 * `right` are the columns that stand to the right.
 */
export function formatList(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  return render(
    head,
    rows.map((row) => row.map(plain)),
    { wrap: false, right },
  );
}

function render(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { wrap, right }: { wrap: boolean; right: readonly number[] },
): string {
  const width = process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY;
  const wanted = head.map((name, column) => Math.max(...[name, ...rows.map((row) => row[column] ?? "")].map(widthOf)));
  const framed = wanted.reduce((sum, column) => sum + column + cellPadding, 1);
  // A list of many columns has no room for a frame on a narrow terminal.
  const bare = !wrap && framed >= width && head.length > bareColumns;
  const padding = bare ? 1 : cellPadding;
  const colWidths = shrink(wanted, width - 1, padding, wrap ? narrowest : narrowestCut);
  const table = new Table({
    head: [...head],
    colAligns: head.map((_, index) => (right.includes(index) ? "right" : "left")),
    chars: bare ? bareChars : { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" },
    wordWrap: wrap,
    wrapOnWordBoundary: false,
    colWidths: colWidths.map((column) => column + (bare ? 0 : cellPadding - 1)),
    style: {
      ...(bare ? { "padding-left": 0, "padding-right": 0 } : {}),
      ...(process.stdout.isTTY ? {} : { head: [], border: [] }),
    },
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}

function widthOf(text: string): number {
  return Math.max(0, ...text.split("\n").map((line) => line.length));
}

/** Takes from the widest column, one character at a time, until all fit. */
function shrink(widths: readonly number[], total: number, padding: number, least: number): number[] {
  const fitted = [...widths];
  const all = () => fitted.reduce((sum, column) => sum + column + padding, 1);
  while (all() > total) {
    const most = Math.max(...fitted);
    if (most <= least) break;
    fitted[fitted.indexOf(most)] = most - 1;
  }
  return fitted;
}
