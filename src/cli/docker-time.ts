/** Moments as docker prints them, in the time zone of the process. Input: Unix seconds. */

/** Go's `Time.String()`: `2026-11-22 03:01:21 +0000 UTC`. */
export function goTime(unix: number): string {
  const date = new Date(unix * 1000);
  const { day, clock, offset } = parts(date);
  return `${day} ${clock} ${offset.replace(':', '')} ${zoneName(date, offset)}`;
}

/** RFC 3339 with seconds: `2026-11-22T03:01:21Z`, `2026-11-22T04:01:21+01:00`. */
export function rfc3339(unix: number): string {
  const { day, clock, offset } = parts(new Date(unix * 1000));
  return `${day}T${clock}${offset === '+00:00' ? 'Z' : offset}`;
}

function parts(date: Date): { day: string; clock: string; offset: string } {
  const two = (value: number) => String(value).padStart(2, '0');
  const year = String(date.getFullYear()).padStart(4, '0');
  const minutes = -date.getTimezoneOffset();
  const away = Math.abs(minutes);
  return {
    day: `${year}-${two(date.getMonth() + 1)}-${two(date.getDate())}`,
    clock: `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`,
    offset: `${minutes < 0 ? '-' : '+'}${two(Math.trunc(away / 60))}:${two(away % 60)}`,
  };
}

/** The zone's letters; each locale only knows those of its own region, so several are asked. */
function zoneName(date: Date, offset: string): string {
  for (const locale of ['en-US', 'en-GB', 'en-AU', 'en-IN', 'en-ZA', 'en-NZ']) {
    const name = new Intl.DateTimeFormat(locale, { timeZoneName: 'short' })
      .formatToParts(date)
      .find((part) => part.type === 'timeZoneName')?.value;
    if (name !== undefined && /^[A-Z]{2,5}$/.test(name)) return name === 'GMT' && isUtc() ? 'UTC' : name;
  }
  return offset.endsWith(':00') ? offset.slice(0, 3) : offset.replace(':', '');
}

function isUtc(): boolean {
  return ['UTC', 'Etc/UTC', 'Etc/UCT', 'Etc/Universal'].includes(
    new Intl.DateTimeFormat().resolvedOptions().timeZone,
  );
}
