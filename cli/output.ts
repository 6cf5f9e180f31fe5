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
const cellPadding = 3;

/**
 * A table that fits the terminal: the widest column gives way and wraps. Coloured only where somebody looks at it.
 * Columns from `numbersFrom` on stand to the right.
 */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[], numbersFrom = 99): string {
  const width = process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY;
  const colWidths = shrink(
    head.map((name, column) => Math.max(...[name, ...rows.map((row) => row[column] ?? "")].map(widthOf))),
    width - 1,
  );
  const table = new Table({
    head: [...head],
    colAligns: head.map((_, index) => (index < numbersFrom ? "left" : "right")),
    chars: { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" },
    wordWrap: true,
    wrapOnWordBoundary: false,
    colWidths: colWidths.map((column) => column + cellPadding - 1),
    ...(process.stdout.isTTY ? {} : { style: { head: [], border: [] } }),
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}

function widthOf(text: string): number {
  return Math.max(0, ...text.split("\n").map((line) => line.length));
}

/** Takes from the widest column, one character at a time, until all fit. */
function shrink(widths: readonly number[], total: number): number[] {
  const fitted = [...widths];
  const all = () => fitted.reduce((sum, column) => sum + column + cellPadding, 1);
  while (all() > total) {
    const most = Math.max(...fitted);
    if (most <= narrowest) break;
    fitted[fitted.indexOf(most)] = most - 1;
  }
  return fitted;
}
