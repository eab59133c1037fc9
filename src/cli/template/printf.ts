/** Go's printf, as far as templates need it: flags, width and precision for %v %s %q %d %x %f %g %t %%. */
import { UsageError } from '../failure.ts';
import { formatF, formatG } from '../go-number.ts';
import { print, type Value } from './value.ts';

export function printf(format: string, args: readonly Value[]): string {
  let used = 0;
  const text = format.replace(
    /%([-+0# ]*)(\d+)?(?:\.(\d+))?([\s\S]?)/g,
    (_, flags: string, width: string | undefined, precision: string | undefined, verb: string) => {
      if (verb === '%') return '%';
      if (!'vsqdxXfgt'.includes(verb) || verb === '') {
        throw new UsageError(`--format: printf knows no %${verb}`);
      }
      if (used >= args.length) throw new UsageError(`--format: printf has no value for %${verb}`);
      const value = args[used++];
      const body = one(verb, value, flags, precision === undefined ? undefined : Number(precision));
      return pad(body, flags, Number(width ?? 0), typeof value === 'number');
    },
  );
  if (used < args.length) throw new UsageError('--format: printf has more values than its text takes');
  return text;
}

function one(verb: string, value: Value, flags: string, precision: number | undefined): string {
  switch (verb) {
    case 'v':
    case 't':
      return signed(print(value), value, flags);
    case 's':
    case 'q': {
      const text = [...print(value)].slice(0, precision).join('');
      return verb === 's' ? text : JSON.stringify(text);
    }
    case 'x':
    case 'X': {
      const hex = typeof value === 'number' ? value.toString(16) : Buffer.from(print(value)).toString('hex');
      return verb === 'X' ? hex.toUpperCase() : hex;
    }
    default: {
      if (typeof value !== 'number')
        throw new UsageError(`--format: %${verb} takes a number, not ${print(value)}`);
      return signed(number(verb, value, precision), value, flags);
    }
  }
}

function number(verb: string, value: number, precision: number | undefined): string {
  if (verb === 'd') return String(Math.trunc(value));
  if (verb === 'g') return precision === undefined ? String(value) : formatG(value, precision);
  return formatF(value, precision ?? 6);
}

function signed(text: string, value: Value, flags: string): string {
  return typeof value === 'number' && value >= 0 && flags.includes('+') ? `+${text}` : text;
}

function pad(text: string, flags: string, width: number, numeric: boolean): string {
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  if (flags.includes('-')) return text + ' '.repeat(missing);
  if (!flags.includes('0') || !numeric) return ' '.repeat(missing) + text;
  const sign = /^[+-]/.exec(text)?.[0] ?? '';
  return sign + '0'.repeat(missing) + text.slice(sign.length);
}
