import { expect, test } from "vitest";
import { bodyOf, resources } from "../../../src/console/admin/resources.js";

const fieldsOf = (id: string) => resources.find((one) => one.id === id)?.fields ?? [];
const form = (fields: Record<string, string>) => {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  return data;
};

test("a new agent: what is left empty is left out, queues are a list", () => {
  const given = form({
    name: " Ann ",
    email: "ann@example.test",
    password: "",
    capacity: "5",
    queues: "loans, general,",
  });
  expect(bodyOf(fieldsOf("agents"), given, true)).toEqual({
    ...{ name: "Ann", email: "ann@example.test", capacity: 5, queues: ["loans", "general"] },
  });
});

test("a change: what is emptied is cleared, what is only for a new one is not sent", () => {
  const canned = form({ title: "Hello", shortcut: "", text: "Hello {{customer.name}}" });
  expect(bodyOf(fieldsOf("canned"), canned, false)).toEqual({
    ...{ title: "Hello", shortcut: null, text: "Hello {{customer.name}}" },
  });
  const user = form({ role: "admin", name: "Bo", email: "bo@example.test", password: "secret", disabled: "on" });
  expect(bodyOf(fieldsOf("users"), user, false)).toEqual({ name: "Bo", email: "bo@example.test", disabled: true });
  expect(bodyOf(fieldsOf("prompts"), form({ title: "A", text: "B", order: "" }), false)).toEqual({
    ...{ title: "A", text: "B", is_active: false },
  });
});
