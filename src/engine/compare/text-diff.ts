/** How a file of text differs between two images, line by line. */
import { structuredPatch } from 'diff';
import type { TextDiff } from './hunk.ts';

/** Bytes of a file beyond which it is not compared line by line. */
export const MOST_TEXT = 4 * 1024 * 1024;
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
  if (before !== undefined && after !== undefined && before.equals(after)) return { kind: 'text', hunks: [] };
  if ([before, after].some((bytes) => bytes !== undefined && isBinary(bytes)))
    return { kind: 'none', why: 'these are no files of text', binary: true };
  if (Math.max(before?.length ?? 0, after?.length ?? 0) > MOST_TEXT)
    return { kind: 'none', why: `more than ${MOST_TEXT / 2 ** 20} MiB are not compared line by line` };
  const patch = structuredPatch('', '', textOf(before), textOf(after), undefined, undefined, {
    context: CONTEXT,
    timeout: patience,
  });
  if (patch === undefined)
    return { kind: 'none', why: 'they have too little in common to tell what changed' };
  return { kind: 'text', hunks: patch.hunks };
}

export function isBinary(bytes: Buffer): boolean {
  return bytes.subarray(0, SNIFFED).includes(0);
}

/** Latin-1 keeps every byte: what is compared are bytes, whatever they mean. */
function textOf(bytes: Buffer | undefined): string {
  return bytes?.toString('latin1') ?? '';
}
