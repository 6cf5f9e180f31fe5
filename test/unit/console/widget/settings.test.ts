import { expect, it } from "vitest";
import { settingsOf } from "../../../../src/console/widget/settings.js";

const src = "https://desk.example.test:8443/widget.js?v=2";

function read(dataset: Record<string, string> = {}, page: Parameters<typeof settingsOf>[1] = {}) {
  const warnings: string[] = [];
  return { ...settingsOf({ src, dataset }, page, (text) => warnings.push(text)), warnings };
}

it("is what the tag says, then what the page says, then as it is by itself", () => {
  expect(read()).toEqual({
    base: "https://desk.example.test:8443",
    botName: "Ask us",
    position: "bottom-right",
    theme: "auto",
    customerName: undefined,
    token: undefined,
    warnings: [],
  });
  const token = () => "t";
  const page = { botName: "Page's", position: "top-left", theme: "dark", customerName: "Cora", token } as const;
  expect(read({}, page)).toMatchObject(page);
  expect(read({ botName: " CRM Assistant ", position: "bottom-left", token: "fixed" }, page)).toMatchObject({
    botName: "CRM Assistant",
    position: "bottom-left",
    theme: "dark",
    token: "fixed",
  });
});

it("takes another desk than the one that serves the script", () => {
  expect(read({ desk: "https://other.example.test/any/path" }).base).toBe("https://other.example.test");
  expect(read({ desk: "/here" }).base).toBe("https://desk.example.test:8443");
});

it("leaves out what is none of the known values, and says so", () => {
  const { position, theme, warnings } = read({ position: "middle", theme: "pink" });
  expect([position, theme]).toEqual(["bottom-right", "auto"]);
  expect(warnings).toHaveLength(2);
  expect(warnings[0]).toContain('data-position is "middle"');
});
