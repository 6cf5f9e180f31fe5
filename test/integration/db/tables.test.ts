import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, expect, test } from "vitest";
import { packageRoot } from "../../../src/runtime/package-root.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";

let test_: TestDatabase;
beforeAll(async () => {
  test_ = await createTestDatabase();
});
afterAll(() => test_.drop());

/** Tables and columns as the interface `Tables` names them, read from its source. */
function typedColumns(): string[] {
  const path = join(packageRoot, "src/db/tables.ts");
  const source = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true);
  const names: string[] = [];
  source.forEachChild((node) => {
    if (!ts.isInterfaceDeclaration(node) || node.name.text !== "Tables") return;
    for (const table of node.members) {
      if (!ts.isPropertySignature(table) || !table.type || !ts.isTypeLiteralNode(table.type)) continue;
      for (const column of table.type.members) names.push(`${table.name.getText()}.${column.name?.getText()}`);
    }
  });
  return names.sort();
}

test("the types name the tables and columns that the migrations make, and no others", async () => {
  const { rows } = await test_.db.pool.query<{ name: string }>(`
    SELECT c.relname || '.' || a.attname AS name
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND c.relname NOT LIKE 'kysely_%'`);
  expect(typedColumns()).toEqual(rows.map((row) => row.name).sort());
});
