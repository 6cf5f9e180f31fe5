import { type Settings, settingsSchema } from "../../src/runtime/settings.js";

const secret = /SECRET|PASSWORD|TOKEN|_KEY$/;

/** The address without its password. */
function withoutPassword(value: string): string {
  return value.replace(/^(\w+:\/\/[^:/@]*):[^@]*@/, "$1:[redacted]@");
}

/** The settings that are not at their default, each as a line could show it: nothing secret. */
export function changedSettings(settings: Settings): Record<string, string> {
  const defaults: Record<string, unknown> = settingsSchema.parse({});
  const changed = Object.entries(settings).filter(
    ([name, value]) => value !== undefined && JSON.stringify(value) !== JSON.stringify(defaults[name]),
  );
  return Object.fromEntries(
    changed
      .filter(([name]) => name in settingsSchema.shape)
      .map(([name, value]) => [
        name,
        secret.test(name) && !/_TTL_|_TOKENS_/.test(name) ? "[redacted]" : withoutPassword(String(value)),
      ]),
  );
}
