/** Colours and signs of what is said on stderr, as far as the terminal and the person want them. */
import type { Context } from '../context.ts';

export interface Paint {
  good(text: string): string;
  bad(text: string): string;
  dim(text: string): string;
  /** Text of nacre's own, without what `--ascii` forbids. */
  plain(text: string): string;
}

export function paintFor({ io, options }: Pick<Context, 'io' | 'options'>): Paint {
  const coloured =
    io.stderr.isTTY === true &&
    !options.noColor &&
    (io.env['NO_COLOR'] ?? '') === '' &&
    io.env['TERM'] !== 'dumb';
  const colour = (code: number) => (text: string) => (coloured ? `\u001b[${code}m${text}\u001b[0m` : text);
  return {
    good: colour(32),
    bad: colour(31),
    dim: colour(2),
    plain: options.ascii ? (text) => text.replace(/[✓✗›│·…]/g, (sign) => ASCII[sign] ?? '?') : (text) => text,
  };
}

const ASCII: Readonly<Record<string, string>> = {
  '✓': '+',
  '✗': 'x',
  '›': '>',
  '│': '|',
  '·': ',',
  '…': '~',
};
