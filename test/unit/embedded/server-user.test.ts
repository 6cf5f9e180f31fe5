import { expect, test } from "vitest";
import { chooseServerUser, parsePasswd } from "../../../src/embedded/server-user.js";

const passwd = [
  "root:x:0:0:root:/root:/bin/bash",
  "postgres:x:101:104::/var/lib/postgresql:/bin/bash",
  "ann:x:1000:1000::/home/ann:/bin/sh",
  "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin",
  "mac:*:-2:-2::/:/bin/false",
  "+::::::",
  "",
].join("\n");

test("accounts are read without root, negative ids and lines that are none", () => {
  expect(parsePasswd(passwd).map(({ name }) => name)).toEqual(["postgres", "ann", "nobody"]);
});

test("the owner of the data comes first, then postgres, then nobody", () => {
  const accounts = parsePasswd(passwd);
  expect(chooseServerUser(accounts, 1000)?.name).toBe("ann");
  expect(chooseServerUser(accounts, null)?.name).toBe("postgres");
  expect(chooseServerUser(accounts, 0)?.name).toBe("postgres");
  const withoutPostgres = accounts.filter(({ name }) => name !== "postgres");
  expect(chooseServerUser(withoutPostgres, null)).toEqual({ name: "nobody", uid: 65534, gid: 65534 });
  expect(chooseServerUser([], null)).toBeNull();
});
