/** Values inside a template: plain JSON values, and the few things of Go that JSON cannot say. */

export type Value = unknown;

/** A nil Go slice: prints `[]`, is `null` as JSON. */
export class NilList extends Array<never> {
  toJSON(): null {
    return null;
  }
}

/** A nil Go map: prints `map[]`, is `null` as JSON. */
export class NilMap {
  toJSON(): null {
    return null;
  }
}

/** Go's `struct{}`: prints `{}`. */
export class EmptyStruct {}

/** A value that Go marshals by itself first, which writes `<`, `>` and `&` in JSON as `\u003c` and so on. */
export abstract class SelfMarshalled {
  abstract toJSON(): unknown;
}

export function toJson(value: Value): string {
  const text = JSON.stringify(value ?? null);
  if (!(value instanceof SelfMarshalled)) return text;
  return text.replace(/[<>&]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);
}

export function isMap(value: Value): value is Record<string, Value> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Go's idea of false: false, 0, nil, and what is empty. */
export function isTrue(value: Value): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof EmptyStruct) return true;
  if (isMap(value)) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** Go's `%v`. */
export function print(value: Value): string {
  if (value === undefined) return '<no value>';
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return `[${value.map((item) => print(item)).join(' ')}]`;
  if (value instanceof EmptyStruct) return '{}';
  if (isMap(value)) {
    const entries = Object.keys(value)
      .sort()
      .map((key) => `${key}:${print(value[key])}`);
    return `map[${entries.join(' ')}]`;
  }
  return String(value);
}

/** What kind of thing it is, for messages. */
export function kindOf(value: Value): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return `a ${typeof value}`;
}
