import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { packageRoot } from "../../../src/runtime/package-root.js";
import { allFigures, type Figure, figuresOf } from "./all-figures.js";

interface Rule {
  alert: string;
  expr: string;
  for?: string;
  labels: { severity: string };
  annotations: { summary: string };
}

const readme = readFileSync(join(packageRoot, "README.md"), "utf8");
const rules = (
  parse(readFileSync(join(packageRoot, "data/alerts.yml"), "utf8")) as { groups: { rules: Rule[] }[] }
).groups.flatMap((group) => group.rules);

let figures: Map<string, Figure>;
beforeAll(async () => {
  figures = await figuresOf(allFigures());
});

/** What a rule can name: a histogram is there as its three series. */
function seriesOf({ name, kind }: Figure): string[] {
  return kind === "histogram" ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name];
}

describe("figures", () => {
  it("are named as Prometheus wants it: a unit where there is one, _total for what only rises", () => {
    const own = [...figures.values()].filter(({ name }) => name.startsWith("switchboard_"));
    expect(own.length).toBeGreaterThan(20);
    for (const { name, kind } of own) {
      expect(name).toMatch(/^switchboard_[a-z]+(_[a-z]+)*$/);
      expect([name, name.endsWith("_total")]).toEqual([name, kind === "counter"]);
      expect(name).not.toMatch(/_ms$|milli/);
    }
  });

  it("are all there with nothing running; what cannot be asked for is left out of the text", async () => {
    const text = await allFigures().api.text();
    expect(text).toContain("switchboard_intake_waiting");
    expect(text).toContain("# TYPE switchboard_backlog gauge");
    expect(text).not.toMatch(/^switchboard_backlog\{/m);
    expect(text).toMatch(/^switchboard_part_up\{part="database",process="api"\} 0$/m);
    expect(text).toMatch(/^switchboard_part_up\{part="queue",process="api"\} 1$/m);
  });

  it("of a leader say where it stands", async () => {
    const text = await allFigures().worker.text();
    expect(text).toMatch(/^switchboard_sequencer_leads\{process="worker"\} 1$/m);
    expect(text).toMatch(/^switchboard_sequencer_position\{of="published",process="worker"\} 2$/m);
  });

  it("stand in README's table, with their kind and their processes, and nothing else does", () => {
    const rows = [...readme.matchAll(/^\| `(switchboard_[a-z_]+)` \| (\w+) \| ([a-z, ]+) \|/gm)];
    const told = rows.map(([, name, kind, by]) => `${name} ${kind} ${by}`).sort();
    const are = [...figures.values()]
      .filter(({ name }) => name.startsWith("switchboard_"))
      .map(({ name, kind, processes }) => `${name} ${kind} ${processes.join(", ")}`);
    expect(told).toEqual(are.sort());
  });
});

describe("alerts", () => {
  it("ask only for figures that are served", () => {
    const served = new Set([...figures.values()].flatMap(seriesOf));
    for (const { alert, expr } of rules) {
      const asked = expr.match(/\b(switchboard|nodejs|process)_[a-z_0-9]+/g) ?? [];
      expect([alert, asked.length]).not.toEqual([alert, 0]);
      expect([alert, asked.filter((name) => !served.has(name))]).toEqual([alert, []]);
    }
  });

  it("match only labels that the figure has", async () => {
    const labels = new Map<string, Set<string>>();
    for (const metrics of Object.values(allFigures())) {
      for (const line of (await metrics.text()).split("\n")) {
        const [, name, list] = /^(\w+)\{(.*)\}/.exec(line) ?? [];
        if (name && list) labels.set(name, new Set([...list.matchAll(/(\w+)=/g)].map(([, label]) => label ?? "")));
      }
    }
    for (const { alert, expr } of rules) {
      for (const [, name = "", matchers = ""] of expr.matchAll(/\b(\w+)\{([^}]*)\}/g)) {
        const has = labels.get(name);
        // What nothing was counted of yet has no line, and no labels to compare.
        if (!has) continue;
        const asked = [...matchers.matchAll(/(\w+)\s*(=|!=|=~|!~)\s*"/g)].map(([, label]) => label ?? "");
        expect([alert, asked.filter((label) => !has.has(label))]).toEqual([alert, []]);
      }
    }
  });

  it("have a name of their own, a severity and a sentence, and README says what to do", () => {
    expect(new Set(rules.map((rule) => rule.alert)).size).toBe(rules.length);
    for (const { alert, labels, annotations } of rules) {
      expect(alert).toMatch(/^Switchboard[A-Z]/);
      expect(["page", "ticket"]).toContain(labels.severity);
      expect(annotations.summary.length).toBeGreaterThan(10);
    }
    const told = [...readme.matchAll(/^\| `(Switchboard\w+)` \|/gm)].map(([, name]) => name);
    expect(told).toEqual(rules.map((rule) => rule.alert));
  });
});
