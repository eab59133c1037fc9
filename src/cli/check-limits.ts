/** Limits for an image, as a command line gives them. */
import { parseSize } from '../engine/cleanup/measure.ts';
import { UsageError } from './failure.ts';
import type { FlagValues } from './flag.ts';

const LIMIT_NAMES = ['max-waste', 'min-efficiency', 'max-size', 'max-layers', 'max-duplicates'] as const;

export type LimitName = (typeof LIMIT_NAMES)[number];

export interface Limit {
  readonly name: LimitName;
  /** Bytes, a share from 0 to 1, or a count. */
  readonly allowed: number;
  /** As it was written. */
  readonly text: string;
}

const SHARE = /^(\d+|\d*\.\d+)(%?)$/;

/** Errors: UsageError. */
export function limitsOf(flags: FlagValues): Limit[] {
  if (flags.on('quick') && flags.has('max-duplicates'))
    throw new UsageError('--max-duplicates needs contents to be read: leave --quick out');
  return LIMIT_NAMES.flatMap((name) => {
    const text = flags.text(name);
    return text === undefined ? [] : [{ name, text, allowed: allowedBy(name, text) }];
  });
}

function allowedBy(name: LimitName, text: string): number {
  if (name === 'min-efficiency') return shareOf(text);
  if (name === 'max-layers') {
    if (/^\d{1,5}$/.test(text)) return Number(text);
    throw new UsageError(`--max-layers needs a number, not '${text}'`);
  }
  try {
    return parseSize(text);
  } catch {
    throw new UsageError(`--${name} needs a size such as 20MB, not '${text}'`);
  }
}

function shareOf(text: string): number {
  const [, number, percent] = SHARE.exec(text) ?? [];
  // Divided by 100, 99.9 would be more than 0.999.
  const share = number === undefined ? Number.NaN : Number(`${number}${percent === '%' ? 'e-2' : ''}`);
  if (share >= 0 && share <= 1) return share;
  throw new UsageError(`--min-efficiency needs a share such as 0.95 or 95%, not '${text}'`);
}
