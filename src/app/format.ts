/** Numbers and times as people read them. Sizes follow docker's decimal units. */
import type { Size } from '../engine/engine.ts';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** `0 B`, `402.1 kB`, `88.0 MB`, `16.21 GB`: one digit after the point, two from a gigabyte on. */
export function bytes(value: number): string {
  let unit = 0;
  let scaled = value;
  while (unit < UNITS.length - 1 && Number(scaled.toFixed(unit >= 3 ? 2 : 1)) >= 1000) {
    scaled /= 1000;
    unit += 1;
  }
  const digits = unit === 0 ? 0 : unit >= 3 ? 2 : 1;
  return `${scaled.toFixed(digits)} ${UNITS[unit]}`;
}

/** A size with its mark: `≥ 1.09 GB`, `≈ 12.3 MB`, or plain when exact. */
export function size(value: Size): string {
  if (value.bound === 'exact') return bytes(value.bytes);
  return `${value.bound === 'at-least' ? '≥' : '≈'}${bytes(value.bytes)}`;
}

/** Bytes moved of how many, in the unit of the larger: `12.2 / 40.3 MB`, or `12.2 MB` of an unknown number. */
export function bytesOf(done: number, total: number | undefined): string {
  if (total === undefined) return bytes(done);
  const [amount = '', unit = ''] = bytes(total).split(' ');
  const step = 1000 ** UNITS.indexOf(unit as (typeof UNITS)[number]);
  return `${(done / step).toFixed(amount.includes('.') ? amount.length - amount.indexOf('.') - 1 : 0)} / ${amount} ${unit}`;
}

/** A part of 1 as `61 %`: something is never 0 %, and not everything never 100 %. */
export function percent(share: number): string {
  if (share > 0 && share < 0.01) return '<1 %';
  if (share > 0.99 && share < 1) return '99 %';
  return `${Math.max(0, Math.min(100, Math.round(share * 100)))} %`;
}

/** A stretch of time in milliseconds: `20 ms`, `1.2 s`, `42 s`, `2 min 5 s`, `1 h 3 min`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 95) return `${Math.max(0, Math.round(milliseconds))} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** Time left in seconds, no more exact than it can be foretold: `6 s left`, `2 min left`. */
export function left(seconds: number): string {
  if (seconds < 1) return '1 s left';
  if (seconds < 20) return `${Math.ceil(seconds)} s left`;
  if (seconds < 90) return `${Math.ceil(seconds / 5) * 5} s left`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min left`;
  return `${Math.round(seconds / 3600)} h left`;
}

/** `7,955,100,160`. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** Age in a short column: `now`, `9 m`, `5 h`, `44 d`, `2 mo`, `3 y`; `-` where the time is unknown. */
export function age(created: number, now: number): string {
  if (created <= 0) return '-';
  const seconds = Math.max(0, now - created);
  if (seconds < 60) return 'now';
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  const days = Math.floor(seconds / 86_400);
  if (days < 60) return `${days} d`;
  if (days < 730) return `${Math.floor(days / 30.44)} mo`;
  return `${Math.floor(days / 365.25)} y`;
}

/** Age in a sentence: `5 hours ago`, `just now`. */
export function ago(created: number, now: number): string {
  if (created <= 0) return 'at an unknown time';
  const seconds = Math.max(0, now - created);
  if (seconds < 60) return 'just now';
  const [count, unit] =
    seconds < 3600
      ? [Math.floor(seconds / 60), 'minute']
      : seconds < 86_400
        ? [Math.floor(seconds / 3600), 'hour']
        : seconds < 60 * 86_400
          ? [Math.floor(seconds / 86_400), 'day']
          : seconds < 730 * 86_400
            ? [Math.floor(seconds / 86_400 / 30.44), 'month']
            : [Math.floor(seconds / 86_400 / 365.25), 'year'];
  return `${plural(count as number, unit as string)} ago`;
}

/** `1 image`, `13 images`, `2 copies` through an own plural. */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${grouped(count)} ${count === 1 ? noun : many}`;
}

/** Local wall clock `12:04:11` of a time in milliseconds. */
export function clock(milliseconds: number): string {
  const at = new Date(milliseconds);
  return [at.getHours(), at.getMinutes(), at.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}

/** `sha256:c31b90e4d7f2…` → `c31b90e4d7f2`. */
export function shortId(id: string): string {
  return id.slice(id.indexOf(':') + 1, id.indexOf(':') + 13);
}

/** `sha256:08be…41c7`. */
export function shortDigest(digest: string): string {
  const at = digest.indexOf(':');
  if (at < 0 || digest.length - at < 14) return digest;
  return `${digest.slice(0, at + 5)}…${digest.slice(-4)}`;
}

/** A path under the home folder as `~/x`. */
export function shortenHome(path: string, home: string): string {
  if (home === '' || home === '/') return path;
  return path === home ? '~' : path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}
