/** How a file of text differs between two images, line by line. */
import { type StructuredPatch, structuredPatch } from 'diff';
import type { Hunk, TextDiff } from './hunk.ts';

/** Bytes of a file beyond which it is not compared line by line. */
export const MOST_TEXT = 4 * 1024 * 1024;
/** Milliseconds that keys may wait before what is looked for is looked for in turns. */
const AT_ONCE = 25;
/** Milliseconds that looking for the shortest difference may take: two files that have nothing in common have none. */
const PATIENCE = 3_000;
/** Bytes at the beginning in which a zero means that it is no text, as git has it. */
const SNIFFED = 8_000;
const CONTEXT = 3;

/** A side that has no such file is undefined. `patience` in milliseconds. */
export function textDiff(
  before: Buffer | undefined,
  after: Buffer | undefined,
  { patience = PATIENCE }: { readonly patience?: number } = {},
): TextDiff {
  return (
    known(before, after) ??
    diffOf(
      structuredPatch('', '', textOf(before), textOf(after), undefined, undefined, {
        context: CONTEXT,
        timeout: patience,
      }),
    )
  );
}

/** The same, with turns for keys and frames in between where it takes longer than `patience`. */
export async function textDiffInTurns(
  before: Buffer | undefined,
  after: Buffer | undefined,
  patience = AT_ONCE,
): Promise<TextDiff> {
  const atOnce = textDiff(before, after, { patience });
  if (atOnce.kind === 'text' || atOnce.late !== true) return atOnce;
  const patch = await new Promise<StructuredPatch | undefined>((resolve) =>
    structuredPatch('', '', textOf(before), textOf(after), undefined, undefined, {
      context: CONTEXT,
      timeout: PATIENCE,
      callback: resolve,
    }),
  );
  return diffOf(patch);
}

/** What can be told without looking for the shortest difference. */
function known(before: Buffer | undefined, after: Buffer | undefined): TextDiff | undefined {
  if (before !== undefined && after !== undefined && before.equals(after)) return { kind: 'text', hunks: [] };
  if ([before, after].some((bytes) => bytes !== undefined && isBinary(bytes)))
    return { kind: 'none', why: 'these are no files of text', binary: true };
  if (Math.max(before?.length ?? 0, after?.length ?? 0) > MOST_TEXT)
    return { kind: 'none', why: `more than ${MOST_TEXT / 2 ** 20} MiB are not compared line by line` };
  if (before === undefined || before.length === 0) return { kind: 'text', hunks: whole('+', textOf(after)) };
  if (after === undefined || after.length === 0) return { kind: 'text', hunks: whole('-', textOf(before)) };
  return undefined;
}

/** All lines of a file that only one side has. */
function whole(sign: '+' | '-', text: string): Hunk[] {
  if (text === '') return [];
  const lines = text.split('\n').map((line) => sign + line);
  const isEnded = lines.at(-1) === sign;
  if (isEnded) lines.pop();
  const count = lines.length;
  if (!isEnded) lines.push('\\ No newline at end of file');
  const [oldLines, newLines] = sign === '-' ? [count, 0] : [0, count];
  return [{ oldStart: 1, oldLines, newStart: 1, newLines, lines }];
}

function diffOf(patch: StructuredPatch | undefined): TextDiff {
  if (patch === undefined)
    return { kind: 'none', why: 'they have too little in common to tell what changed', late: true };
  return { kind: 'text', hunks: patch.hunks };
}

function isBinary(bytes: Buffer): boolean {
  return bytes.subarray(0, SNIFFED).includes(0);
}

/** Latin-1 keeps every byte: what is compared are bytes, whatever they mean. */
function textOf(bytes: Buffer | undefined): string {
  return bytes?.toString('latin1') ?? '';
}
