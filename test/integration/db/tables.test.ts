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

test("what refers to a row that may be deleted is found by an index; who and which queue is kept, or rarely goes", async () => {
  const { rows } = await test_.db.pool.query<{ name: string }>(`
    SELECT c.conname AS name FROM pg_constraint c
    WHERE c.contype = 'f' AND c.confrelid NOT IN ('users'::regclass, 'agents'::regclass, 'queues'::regclass)
      AND NOT EXISTS (
        SELECT FROM pg_index i WHERE i.indrelid = c.conrelid
          AND (i.indkey::int2[])[0:array_length(c.conkey, 1) - 1] @> c.conkey
          AND (i.indpred IS NULL OR pg_get_expr(i.indpred, i.indrelid) ~ '^\\(\\w+ IS NOT NULL\\)$'))`);
  expect(rows.map(({ name }) => name)).toEqual([]);
});
