import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ImportBatch } from "../src/commands/import-messages.js";
import type { DemoThread } from "../src/commands/seed-conversations.js";
import { packageRoot } from "../src/runtime/package-root.js";
import { utc } from "./csv/parse-time.js";
import { readMessages } from "./csv/read-messages.js";
import { Failure } from "./failure.js";

const folder = join(packageRoot, "data");

/** The messages that a fresh system starts with. */
export const demoMessagesPath: string = join(folder, "messages.csv");

export interface DemoCanned {
  id: number;
  title: string;
  shortcut: string | null;
  text: string;
}

export interface DemoPrompt {
  title: string;
  text: string;
  order: number;
}

/** A list of the package's own; its shape is ours to keep, the database refuses what is wrong in it. */
async function readList<T>(name: string): Promise<T[]> {
  const list: unknown = JSON.parse(await readFile(join(folder, name), "utf8"));
  if (!Array.isArray(list)) throw new Failure(`data/${name} is no list`);
  return list as T[];
}

export const readCannedReplies = () => readList<DemoCanned>("canned-replies.json");
export const readPrompts = () => readList<DemoPrompt>("prompts.json");
export const readThreads = () => readList<DemoThread>("threads.json");

/** The demo messages as an import reads them. */
export async function* demoBatches(): AsyncGenerator<ImportBatch> {
  const file = await open(demoMessagesPath, "r");
  try {
    yield* readMessages(file, {
      columns: {},
      header: true,
      delimiter: ",",
      zone: utc,
      batchRows: 500,
      stopOnError: true,
      onRejects: async () => undefined,
      onBytes: () => undefined,
    });
  } finally {
    await file.close();
  }
}

/** The demo messages' texts. */
export async function demoTexts(): Promise<string[]> {
  const texts: string[] = [];
  for await (const batch of demoBatches()) texts.push(...batch.rows.map((row) => row.body));
  return texts;
}
