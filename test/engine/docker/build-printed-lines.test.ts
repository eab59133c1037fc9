/** What programs print, in whatever chunks, as lines. */
import { describe, expect, test } from 'vitest';
import { PrintedLines } from '../../../src/engine/docker/build/printed-lines.ts';

function linesOf(chunks: readonly (string | Uint8Array)[]): string[] {
  const told: string[] = [];
  const lines = new PrintedLines((text) => told.push(text));
  for (const chunk of chunks) lines.write(chunk);
  lines.end();
  return told;
}

const bytewise = (text: string | Buffer) => [...Buffer.from(text)].map((byte) => Uint8Array.of(byte));

describe('printed lines', () => {
  test.each([
    ['one\ntwo\n', ['one', 'two']],
    ['one\r\ntwo\r\n', ['one', 'two']],
    ['no end', ['no end']],
    ['\n\nthree\n', ['', '', 'three']],
    ['', []],
    ['漢字 ä €\n', ['漢字 ä €']],
    ['10%\r20%\r30%\n', ['30%']],
    ['10%\r20%\r\n', ['20%']],
    ['10%\r20%\r', ['20%']],
    ['\r\r\n', ['']],
    ['\u001b[1;32mgreen\u001b[0m\ttab\u0007\n', ['green tab\ufffd']],
    ['\u001b]0;a title\u0007shown\n', ['shown']],
    ['right\u202eleft\n', ['right\ufffdleft']],
  ])('%j', (text, wanted) => {
    expect(linesOf([text])).toEqual(wanted);
    expect(linesOf([Buffer.from(text)])).toEqual(wanted);
    expect(linesOf(bytewise(text))).toEqual(wanted);
    for (let at = 1; at < text.length; at++) {
      expect(linesOf([text.slice(0, at), text.slice(at)]), `split at ${at}`).toEqual(wanted);
    }
  });

  test('take bytes that are no UTF-8 for a mark of that', () => {
    const bytes = Buffer.from([0x61, 0xff, 0x62, 0x0a, 0xe6, 0xbc]);
    expect(linesOf([bytes])).toEqual(['a\ufffdb', '\ufffd']);
    expect(linesOf(bytewise(bytes))).toEqual(['a\ufffdb', '\ufffd']);
  });

  test('that never end come in pieces, each as soon as it is full', () => {
    const told: string[] = [];
    const lines = new PrintedLines((text) => told.push(text));
    for (let n = 0; n < 100; n++) lines.write('x'.repeat(1000));
    expect(told.length).toBe(24);
    lines.end();
    expect(told.map((text) => text.length).reduce((sum, length) => sum + length)).toBe(100_000);
    expect(Math.max(...told.map((text) => text.length))).toBe(4096);
    expect(linesOf([`${'y'.repeat(5000)}\n`]).map((text) => text.length)).toEqual([4096, 904]);
  });

  test('are cut neither in a character nor in an escape sequence', () => {
    expect(linesOf([`${'x'.repeat(4095)}😀y`])).toEqual(['x'.repeat(4095), '😀y']);
    expect(linesOf([`${'x'.repeat(4090)}\u001b[38;5;208mcolour`])).toEqual(['x'.repeat(4090), 'colour']);
  });

  test('of a bar that is drawn for ever take no more memory than one of its states', () => {
    const told: string[] = [];
    const lines = new PrintedLines((text) => told.push(text));
    for (let n = 0; n < 100_000; n++) lines.write(`${n} of 100000\r`);
    expect(told).toEqual([]);
    lines.end();
    expect(told).toEqual(['99999 of 100000']);
  });
});
