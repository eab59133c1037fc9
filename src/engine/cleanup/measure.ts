/** Ages and sizes as people write them in rules: `30d`, `1h30m`, `500MB`. */
import { EngineError } from '../errors.ts';
import { parseDuration } from '../moment.ts';

const DAYS: Readonly<Record<string, number>> = { d: 86_400, w: 7 * 86_400, y: 365 * 86_400 };
const AGE = /^(\d+(?:\.\d+)?)([dwy])$/;

/** Seconds. Errors: `bad-input`. */
export function parseAge(text: string): number {
  const [, number, unit] = AGE.exec(text) ?? [];
  const seconds = unit === undefined ? parseDuration(text) : Number(number) * DAYS[unit]!;
  if (seconds !== undefined && Number.isFinite(seconds)) return seconds;
  throw new EngineError({
    code: 'bad-input',
    message: `"${text}" is not an age`,
    hint: 'Write a number with a unit: 30d, 2w, 1y, 12h or 1h30m.',
  });
}

const POWERS = ['', 'k', 'm', 'g', 't', 'p'];
const SIZE = /^(\d+(?:\.\d+)?)\s*([kmgtp]?)(i?)b?$/i;

/** Bytes; `MB` counts in thousands, as sizes are shown, and `MiB` in 1024s. Errors: `bad-input`. */
export function parseSize(text: string): number {
  const [whole, number, unit = '', binary = ''] = SIZE.exec(text.trim()) ?? [];
  const bytes = Math.round(
    Number(number) * (binary === '' ? 1000 : 1024) ** POWERS.indexOf(unit.toLowerCase()),
  );
  if (whole !== undefined && !(unit === '' && binary !== '') && Number.isSafeInteger(bytes)) return bytes;
  throw new EngineError({
    code: 'bad-input',
    message: `"${text}" is not a size`,
    hint: 'Write bytes or a number with a unit: 500MB, 1.5GB or 2GiB.',
  });
}

/** `30 d`, `12 h`, `5 min`: the largest unit that fits at least once. */
export function showAge(seconds: number): string {
  if (seconds >= 86_400) return `${Math.floor(seconds / 86_400)} d`;
  if (seconds >= 3600) return `${Math.floor(seconds / 3600)} h`;
  if (seconds >= 60) return `${Math.floor(seconds / 60)} min`;
  return `${Math.max(0, Math.floor(seconds))} s`;
}
