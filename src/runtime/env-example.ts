import { settingsSchema } from "./settings.js";

/** The text of `.env.example`: every setting with what it means and its default, generated from the schema. */
export function envExample(): string {
  const defaults = settingsSchema.parse({}) as Record<string, unknown>;
  const lines = Object.entries(settingsSchema.shape).flatMap(([name, schema]) => {
    const value = defaults[name];
    const shown = Array.isArray(value) ? value.join(",") : value === undefined ? "" : String(value);
    const meaning = schema.description ? [`# ${schema.description}`] : [];
    return [...meaning, `#${name}=${shown}`, ""];
  });
  return [
    "# Generated from src/runtime/settings.ts by `npm run env-example`; a test holds the two equal.",
    "",
    ...lines,
  ].join("\n");
}
