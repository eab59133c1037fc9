/** When a container ended, read from what engines say of it: `Exited (0) 2 days ago`. */

const SECONDS: Readonly<Record<string, number>> = {
  second: 1,
  minute: 60,
  hour: 3600,
  day: 86_400,
  week: 7 * 86_400,
  month: 30 * 86_400,
  year: 365 * 86_400,
};
const ENDED = /(?:(less than|about) )?(an?|\d+) (second|minute|hour|day|week|month|year)s? ago/i;
/** Hours are rounded up from a half, and what is longer is made of hours. */
const ROUNDING = 1800;

/** Unix seconds, the latest that fits; 0 where the words tell nothing. */
export function endedAt(status: string, now: number): number {
  const [, about, number, unit] = ENDED.exec(status) ?? [];
  if (number === undefined || unit === undefined) return 0;
  if (about?.toLowerCase() === 'less than') return now;
  const count = /^\d/.test(number) ? Number(number) : 1;
  const long = SECONDS[unit.toLowerCase()]! >= 3600;
  return now - Math.max(0, count * SECONDS[unit.toLowerCase()]! - (long ? ROUNDING : 0));
}
