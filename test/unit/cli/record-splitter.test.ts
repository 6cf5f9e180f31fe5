import fc from "fast-check";
import { expect, test } from "vitest";
import { RecordSplitter } from "../../../cli/csv/record-splitter.js";

function read(text: string, pieceBytes = 7, recordMaxBytes = 1000) {
  const splitter = new RecordSplitter({ delimiter: ",", recordMaxBytes });
  const bytes = Buffer.from(text);
  const records = [];
  let bytesRead = 0;
  do {
    while (splitter.position < bytes.length) {
      const piece = bytes.subarray(splitter.position, splitter.position + pieceBytes);
      bytesRead += piece.length;
      records.push(...splitter.push(piece));
    }
    records.push(...splitter.end());
  } while (splitter.position < bytes.length);
  return {
    records: records.map(({ line, bytes: record, fault }) => ({ line, text: record.toString(), fault })),
    bytesRead,
  };
}

const split = (text: string, pieceBytes = 7, recordMaxBytes = 1000) => read(text, pieceBytes, recordMaxBytes).records;

const good = (line: number, text: string) => ({ line, text, fault: null });

test("quoted cells may hold delimiters, line ends and doubled quotes; lines count physically", () => {
  expect(split('a,b\n1,"x, ""y""\nz"\n2,w\n')).toEqual([good(1, "a,b"), good(2, '1,"x, ""y""\nz"'), good(4, "2,w")]);
});

test("CRLF, blank lines and a missing last line end", () => {
  expect(split('a,b\r\n\r\n1,"x"\r\n2,y')).toEqual([good(1, "a,b"), good(3, '1,"x"'), good(4, "2,y")]);
});

test("a quote that is never closed costs its own line only", () => {
  const records = split('1,a\n2,"b\n3,c\n4,d\n');
  expect(records.map((record) => [record.line, record.fault !== null])).toEqual([
    [1, false],
    [2, true],
    [3, false],
    [4, false],
  ]);
  expect(records[1]?.fault).toMatch(/never closed/);
});

test("a quote that a later line's quote would close costs its own line only", () => {
  const records = split('1,a\n2,"b\n3,"c, d"\n4,e\n');
  expect(records.filter((record) => record.fault !== null).map((record) => record.line)).toEqual([2]);
  expect(records.filter((record) => record.fault === null).map((record) => record.text)).toEqual([
    "1,a",
    '3,"c, d"',
    "4,e",
  ]);
});

test.each([
  ['1,"a"b\n2,c\n', /behind a closing quote/],
  ['1,a "b"\n2,c\n', /not quoted/],
  ['1,"a"\rb\n2,c\n', /behind a closing quote/],
])("%j: the first line is a fault, the second is read", (text, reason) => {
  const [bad, next] = split(text);
  expect(bad?.fault).toMatch(reason);
  expect(next).toEqual(good(2, "2,c"));
});

test("a record that is too long is a fault, whatever is in it, and memory keeps to the limit", () => {
  const records = split(`1,a\n2,${"x".repeat(5000)}\n3,"${"y".repeat(5000)}"\n4,d\n`);
  expect(records.map((record) => [record.line, record.fault !== null])).toEqual([
    [1, false],
    [2, true],
    [3, true],
    [4, false],
  ]);
  expect(records[1]?.text.length).toBeLessThanOrEqual(1000);
});

test("a quoted cell over the limit is one fault, whatever records its inner lines look like", () => {
  const inner = '9,evil\n"8","evil"\n'.replaceAll('"', '""').repeat(400);
  const records = split(`1,a\n2,"${inner}","c\nd"\n3,e\n`);
  expect(records).toEqual([
    good(1, "1,a"),
    { line: 2, text: expect.stringMatching(/^2,"9,evil/), fault: "longer than 1000 bytes" },
    good(804, "3,e"),
  ]);
  expect(records[1]?.text.length).toBeLessThanOrEqual(1000);
});

test("so is one whose limit lies in a plain cell before it, one with CRLF, and the file's last", () => {
  const long = "x".repeat(2000);
  expect(split(`1,${long},"y\n9,evil\n"\r\n2,b\n3,"${long}\n9,evil\n"`)).toEqual([
    { line: 1, text: expect.stringMatching(/^1,x+$/), fault: "longer than 1000 bytes" },
    good(4, "2,b"),
    { line: 5, text: expect.stringMatching(/^3,"x+$/), fault: "longer than 1000 bytes" },
  ]);
});

test("a quote that nothing closes, or text closes, costs its own line only, however much comes before that is known", () => {
  const rows = Array.from({ length: 500 }, (_, n) => `${n},row`);
  const faults = (text: string) => split(text).filter((record) => record.fault !== null);
  const unclosed = `x,"never\n${rows.join("\n")}\n`;
  expect(split(unclosed).slice(1)).toEqual(rows.map((row, n) => good(n + 2, row)));
  expect(faults(unclosed)).toMatchObject([{ line: 1, text: 'x,"never', fault: expect.stringMatching(/never closed/) }]);
  const late = `${unclosed}500,"c, d"\n501,e\n`;
  expect(split(late).slice(1)).toEqual([...rows, '500,"c, d"', "501,e"].map((row, n) => good(n + 2, row)));
  expect(faults(late)).toMatchObject([{ line: 1, fault: expect.stringMatching(/behind a closing quote/) }]);
});

test("no file is read much more than twice, however many of its quotes are broken", () => {
  const alphabet = fc.constantFrom('1,"a', "2,b", '3,""', '4,"c, d"', '"', '""', '"x"y', "long plain text", '",",');
  fc.assert(
    fc.property(fc.array(alphabet, { maxLength: 300 }), (lines) => {
      const text = lines.join("\n");
      // A record of 21 bytes is known to be too long with the piece that holds its last one.
      expect(read(text, 7, 20).bytesRead).toBeLessThanOrEqual(2 * text.length + 7 * lines.length);
    }),
    { numRuns: 300 },
  );
});

const cell = fc.string({ maxLength: 12 }).map((text) => text.replaceAll("\r", ""));
const written = (text: string) => `"${text.replaceAll('"', '""')}"`;

test("well-formed records come out as they went in, however the stream is cut", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 1, max: 50 }),
      (rows, piece) => {
        const lines = rows.map(([a, b]) => `${written(a)},${written(b)}`);
        expect(split(lines.join("\n"), piece).map((record) => record.text)).toEqual(lines);
      },
    ),
  );
});

test("any bytes: each line is in one record at most, and cutting the stream elsewhere changes nothing", () => {
  const alphabet = fc.string({ unit: fc.constantFrom("a", ",", '"', "\n", "\r", "é"), maxLength: 60 });
  fc.assert(
    fc.property(alphabet, fc.integer({ min: 1, max: 60 }), (text, piece) => {
      const records = split(text, piece, 20);
      expect(records).toEqual(split(text, 1000, 20));
      const lines = records.map((record) => record.line);
      expect(lines).toEqual([...new Set(lines)].sort((a, b) => a - b));
    }),
    { numRuns: 500 },
  );
});
