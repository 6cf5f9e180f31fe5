// Builds the console into dist/console; does nothing where what is there was built from the very same files.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const out = join(root, "dist/console");
const mark = join(out, ".built-from");

const hash = createHash("sha256").update(readFileSync(join(root, "package-lock.json")));
for (const folder of [here, join(root, "src/contract"), join(root, "src/domain")]) {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const name of names) hash.update(name.slice(root.length)).update("\0").update(readFileSync(name));
}
const from = hash.digest("hex");

function builtFrom() {
  try {
    return readFileSync(mark, "utf8");
  } catch {
    return "";
  }
}

if (builtFrom() !== from) {
  const { build } = await import("vite");
  await build({ configFile: join(here, "vite.config.ts") });
  await build({ configFile: join(here, "widget.vite.config.ts") });
  mkdirSync(out, { recursive: true });
  writeFileSync(mark, from);
}
