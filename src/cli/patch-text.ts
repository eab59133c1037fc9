/** How the text of one file differs, as `diff -u` writes it: patch(1) takes it. */
import { type Hunk, hunkHead, lineBytes, shownLine } from '../engine/compare/hunk.ts';
import { shownPath } from '../engine/layers/shown-path.ts';

/** Paths from the root, before and after; undefined where there is no such file. */
export type PatchNames = readonly [Buffer | undefined, Buffer | undefined];

/** For a program: the bytes as they are. */
export function patchBytes(hunks: readonly Hunk[], names: PatchNames): Buffer {
  return Buffer.concat(patchLines(hunks, names).flatMap((line) => [line, NEWLINE]));
}

/** For a terminal: nothing of it steers that. */
export function shownPatch(hunks: readonly Hunk[], names: PatchNames): string {
  return patchLines(hunks, names)
    .map((line) => `${shownLine(line)}\n`)
    .join('');
}

/** As git has it. */
export function binaryText([before, after]: PatchNames): string {
  return `Binary files ${shownPath(sideName(before, 'a/'))} and ${shownPath(sideName(after, 'b/'))} differ\n`;
}

const NEWLINE = Buffer.from('\n');

function patchLines(hunks: readonly Hunk[], [before, after]: PatchNames): Buffer[] {
  return [
    head('--- ', before, 'a/'),
    head('+++ ', after, 'b/'),
    ...hunks.flatMap((hunk) => [hunkHead(hunk), ...hunk.lines]).map(lineBytes),
  ];
}

function head(mark: string, name: Buffer | undefined, side: string): Buffer {
  return Buffer.concat([Buffer.from(mark), sideName(name, side)]);
}

function sideName(name: Buffer | undefined, side: string): Buffer {
  return name === undefined ? Buffer.from('/dev/null') : Buffer.concat([Buffer.from(side), name]);
}
