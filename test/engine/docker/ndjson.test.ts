import { describe, expect, test } from 'vitest';
import { readLines } from '../../../src/engine/docker/ndjson.ts';

async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(text: string, size: number): Promise<unknown[]> {
  return await Array.fromAsync(readLines(chunked(Buffer.from(text), size), 'watch for changes'));
}

describe('JSON lines', () => {
  const values = [{ a: 1 }, { text: '漢字 🐳 é' }, [], 'x', null];
  const texts = values.map((value) => JSON.stringify(value));

  // Every size splits lines and characters elsewhere.
  test.each([1, 2, 3, 5, 7, 16, 1000])('arrive whole in chunks of %i bytes', async (size) => {
    expect(await read(`${texts.join('\r\n')}\r\n`, size)).toEqual(values);
    expect(await read(texts.join('\n'), size)).toEqual(values);
    expect(await read(`\n\n${texts.join('\n\n')}\n\r\n`, size)).toEqual(values);
  });

  test('of nothing are none', async () => {
    expect(await read('', 1)).toEqual([]);
    expect(await read('\r\n', 1)).toEqual([]);
  });

  test('a line as long as a build log step is one value', async () => {
    const long = { stream: 'x'.repeat(300_000) };
    expect(await read(`${JSON.stringify(long)}\n{}\n`, 65_536)).toEqual([long, {}]);
  });

  test.each([
    ['{"a":1}\n<html>', 'begins with'],
    ['{"a":1}\n{"b":', 'breaks off'],
    ['\u001b[31mred\n', 'begins with'],
  ])('that are none: %j', async (text, why) => {
    await expect(read(text, 4)).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringMatching(new RegExp(`watch for changes.*${why}`)),
      hint: expect.stringContaining('Try again'),
    });
  });

  test('before garbage are delivered', async () => {
    const seen: unknown[] = [];
    await expect(async () => {
      for await (const value of readLines(chunked(Buffer.from('{"a":1}\noops\n'), 100), 'x'))
        seen.push(value);
    }).rejects.toMatchObject({ code: 'corrupt' });
    expect(seen).toEqual([{ a: 1 }]);
  });
});
