/**
 * Fills `{{customer.name}}` and the like. A placeholder without a value becomes what stands after `|`
 * (`{{customer.name|there}}`), else nothing; values are put in as they are, never read for placeholders again.
 */
export function fillPlaceholders(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{\{\s*([\w.]{1,64})\s*(?:\|([^{}]{0,200}))?\}\}/g, (_, name: string, fallback?: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    return value || (fallback ?? "").trim();
  });
}
