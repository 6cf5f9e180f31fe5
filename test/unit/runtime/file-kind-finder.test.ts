import { expect, test } from "vitest";
import { FileKindFinder } from "../../../src/runtime/file-kind-finder.js";
import { sampleFiles } from "../../support/sample-files.js";

async function kindOf(bytes: Uint8Array, name = "x", step = bytes.byteLength || 1): Promise<string | null> {
  const finder = new FileKindFinder();
  for (let at = 0; at < bytes.byteLength; at += step) finder.write(bytes.subarray(at, at + step));
  return finder.end(name);
}

test.each(["png", "jpeg", "gif", "webp", "pdf", "txt"] as const)("%s, in one piece and byte by byte", async (kind) => {
  expect(await kindOf(sampleFiles[kind], "a.zip")).toBe(kind);
  expect(await kindOf(sampleFiles[kind], "a.zip", 1)).toBe(kind);
  expect(await kindOf(sampleFiles[kind], "", 7)).toBe(kind);
});

test("only the name tells csv from plain text, and nothing else", async () => {
  expect(await kindOf(sampleFiles.csv, "List.CSV")).toBe("csv");
  expect(await kindOf(sampleFiles.csv, "list")).toBe("txt");
  expect(await kindOf(sampleFiles.png, "list.csv")).toBe("png");
  expect(await kindOf(sampleFiles.zip, "list.csv")).toBeNull();
});

test.each(["zip", "shortPdf", "svg", "program", "latin1", "withNul"] as const)("%s is none", async (name) => {
  for (const called of ["a.png", "a.pdf", "a.txt", "a.csv"]) expect(await kindOf(sampleFiles[name], called)).toBeNull();
});

test("the beginning of a file is not the file", async () => {
  expect(await kindOf(new Uint8Array())).toBeNull();
  expect(await kindOf(sampleFiles.png.subarray(0, 8))).toBeNull();
  expect(await kindOf(sampleFiles.jpeg.subarray(0, 4))).toBeNull();
  expect(await kindOf(sampleFiles.pdf.subarray(0, -8))).toBeNull();
  expect(await kindOf(Buffer.concat([sampleFiles.pdf, Buffer.alloc(2000, 32)]))).toBeNull();
});

test("a text that begins like a program or a picture is a text", async () => {
  for (const text of ["BMW is broken", "MZ, hello", "GIF is how it is said", "PK for short"]) {
    expect(await kindOf(Buffer.from(text))).toBe("txt");
  }
});

test("a text that is cut in the middle of a character is none", async () => {
  expect(await kindOf(Buffer.from("1 €").subarray(0, -1))).toBeNull();
});

test("what a large file is, is seen wherever it is looked at", async () => {
  const large = Buffer.concat([sampleFiles.txt, Buffer.alloc(100_000, 65)]);
  expect(await kindOf(large, "a.txt", 4096)).toBe("txt");
  large[90_000] = 0xff;
  expect(await kindOf(large, "a.txt", 4096)).toBeNull();
});
