import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { signWebhook } from "../../../src/delivery/sign-webhook.js";
import { packageRoot } from "../../../src/runtime/package-root.js";

const block = /```python\n([\s\S]*?)```/.exec(readFileSync(join(packageRoot, "README.md"), "utf8"))?.[1] ?? "";
const hasPython = spawnSync("python3", ["--version"]).status === 0;
const secret = (letter: string) => `whsec_${Buffer.from(letter.repeat(32)).toString("base64")}`;

/** What README's lines say of a call. */
function verify(given: string, headers: Record<string, string>, body: string): string {
  const program = `${block}
import json, sys
secret, headers, body = json.load(sys.stdin)
print(verify(secret, headers, body.encode()))`;
  const { stdout, stderr } = spawnSync("python3", ["-c", program], { input: JSON.stringify([given, headers, body]) });
  return `${stdout}${stderr}`.trim();
}

it.skipIf(!hasPython)("README's lines in Python take what is signed, by either secret, and nothing else", () => {
  const body = JSON.stringify({ type: "read", text: "Ä, 語" });
  const signed = signWebhook("msg_1", new Date(), body, [secret("n"), secret("o")]);
  const old = signWebhook("msg_1", new Date(Date.now() - 3_600_000), body, [secret("n")]);
  expect([verify(secret("n"), signed, body), verify(secret("o"), signed, body)]).toEqual(["True", "True"]);
  expect([
    verify(secret("x"), signed, body),
    verify(secret("n"), signed, `${body} `),
    verify(secret("n"), { ...signed, "webhook-id": "msg_2" }, body),
    verify(secret("n"), old, body),
  ]).toEqual(["False", "False", "False", "False"]);
});
