/** Moments as docker's filters write them: Unix seconds, a date, or a Go duration ago. */
import { EngineError } from './errors.ts';

const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  μs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
};
const DURATION = /^(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h)/;
const DATE = /^\d{4}-\d{2}-\d{2}(?:T\d{2}(?::\d{2}(?::\d{2}(?:\.\d+)?)?)?)?(?:Z|[+-]\d{2}:\d{2})?$/;

/** Unix seconds. `now` is Unix seconds too. Errors: `bad-input`. */
export function parseMoment(text: string, now: number): number {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text);
  if (DATE.test(text)) {
    const at = Date.parse(completeDate(text));
    if (!Number.isNaN(at)) return at / 1000;
  }
  const seconds = parseDuration(text);
  if (seconds !== undefined) return now - seconds;
  throw new EngineError({
    code: 'bad-input',
    message: `"${text}" is not a moment`,
    hint: 'Write a duration ago (24h, 1h30m), a date (2026-11-22 or 2026-11-22T10:00:00Z), or Unix seconds.',
  });
}

/** Seconds of a Go duration (`1h30m`), or undefined where it is none. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  let rest = text;
  let seconds = 0;
  while (rest !== '') {
    const part = DURATION.exec(rest)?.[0];
    if (part === undefined) return undefined;
    const number = Number.parseFloat(part);
    seconds += number * UNITS[part.replace(/^[\d.]+/, '')]!;
    rest = rest.slice(part.length);
  }
  return text === '' ? undefined : seconds;
}

/** Docker takes dates without minutes, and without a zone as local time; `Date.parse` needs the time. */
function completeDate(text: string): string {
  const [, date, time = '', zone = ''] = /^([\d-]{10})(?:T([\d:.]+))?(.*)$/.exec(text)!;
  const parts = time.split(':');
  return `${date}T${parts[0] || '00'}:${parts[1] ?? '00'}:${parts[2] ?? '00'}${zone}`;
}
