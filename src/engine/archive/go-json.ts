/** JSON as Go writes it: what was hashed by a program in Go must be written in the same way to have the same digest. */

/** Without spaces, and these characters always escaped. Keys stay in their order. */
export function goJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Keys in the order in which Go writes those of a map. */
export function sortedKeys(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
