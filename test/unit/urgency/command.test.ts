import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { urgencyCommand } from "../../../cli/commands/urgency.js";

let folder: string;
let out: string;
let err: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "urgency-"));
  out = "";
  err = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    err += String(text);
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = 0;
  rmSync(folder, { recursive: true });
});

const run = (...args: string[]) => urgencyCommand().parseAsync(args, { from: "user" });
const csv = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const labelled = () => {
  const rows = Array.from({ length: 12 }, (_, n) => [
    `"My phone, number ${n}, was ""stolen""",3`,
    `"Not received my loan\n${n}",2`,
    `What is the limit ${n},1`,
    `Thanks ${n},0`,
  ]);
  return csv("labelled.csv", `\ufeffbody,urgency\r\n${rows.flat().join("\r\n")}`);
};

describe("switchboard urgency", () => {
  it("explain --json prints the score with its parts", async () => {
    await run("explain", "my card was stolen", "--json");
    const result = JSON.parse(out) as { score: number; level: string; raw: number; terms: { weight: number }[] };
    expect(result.level).toBe("critical");
    expect(result.terms.reduce((sum, term) => sum + term.weight, 0)).toBe(result.raw);
  });

  it("explain prints the rule, the words and the sum", async () => {
    await run("explain", "my card was stolen");
    expect(out).toContain("stolen-device");
    expect(out).toMatch(/sum [\d.]+ -> score \d+, critical, topic fraud_dispute/);
  });

  it("eval --json ends with the one line of the contract", async () => {
    await run("eval", labelled(), "--json");
    const line = JSON.parse(out.trimEnd().split("\n").at(-1) ?? "") as Record<string, unknown>;
    expect(Object.keys(line)).toEqual([
      "n",
      "pairwise",
      "spearman",
      "macro_f1_urgent",
      "precision_top20",
      "critical_recall_top20",
      "messages_per_s",
      "model",
    ]);
    expect(line.n).toBe(48);
    expect(line.pairwise).toBeGreaterThan(0.8);
  });

  it("train --out writes the same file each time, and diff says what differs", async () => {
    const [a, b] = [join(folder, "a.json"), join(folder, "b.json")];
    await run("train", labelled(), "--out", a);
    await run("train", labelled(), "--out", b);
    expect(readFileSync(a, "utf8")).toBe(readFileSync(b, "utf8"));
    out = "";
    await run("diff", a, b);
    expect(out).toContain("No rule differs");
    out = "";
    await run("diff", a, join(import.meta.dirname, "../../../data/urgency-lexicon.json"), "--json");
    expect((JSON.parse(out) as { changes: unknown[] }).changes.length).toBeGreaterThan(0);
  });

  it.each([
    ["a missing column", "body,label\nhi,1\n", /has no column "urgency"; it has body, label/],
    ["a label outside 0 to 3", "body,urgency\nhi,7\n", /message 1: urgency is "7", not 0, 1, 2 or 3/],
    ["no rows", "body,urgency\n", /holds no messages/],
    ["a broken quote", 'body,urgency\n"hi,1\n', /Quote/],
  ])("fails with 1 and a sentence on %s", async (_, text, reason) => {
    await run("eval", csv("bad.csv", text));
    expect(process.exitCode).toBe(1);
    expect(err).toMatch(reason);
    expect(out).toBe("");
  });

  it("fails with 1 on a missing file", async () => {
    await run("eval", join(folder, "nowhere.csv"));
    expect(process.exitCode).toBe(1);
    expect(err).toContain("nowhere.csv");
  });

  it("shows an example in each help", () => {
    for (const command of urgencyCommand().commands) {
      let help = "";
      command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
      expect(help).toContain(`$ switchboard urgency ${command.name()}`);
      expect(help).toContain("--json");
    }
  });
});
