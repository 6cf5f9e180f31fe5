import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

function findRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error("switchboard: package.json not found above the running code");
    folder = parent;
  }
  return folder;
}

/** The folder that holds package.json, the same from the sources and from the build in `dist/`. */
export const packageRoot: string = findRoot();
