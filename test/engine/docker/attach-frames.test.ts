import { describe, expect, test } from 'vitest';
import { AttachFrames } from '../../../src/engine/docker/attach-frames.ts';

function frame(kind: number, content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  const header = Buffer.alloc(8);
  header[0] = kind;
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

/** What comes of them in chunks of `size` bytes. */
function read(bytes: Buffer, size: number): { output: string; errors: string; isWhole: boolean } {
  const frames = new AttachFrames();
  const parts = { output: [] as Buffer[], errors: [] as Buffer[] };
  for (let at = 0; at < bytes.length; at += size) {
    for (const piece of frames.read(bytes.subarray(at, at + size))) parts[piece.to].push(piece.bytes);
  }
  return {
    output: Buffer.concat(parts.output).toString(),
    errors: Buffer.concat(parts.errors).toString(),
    isWhole: frames.isWhole,
  };
}

describe('frames of a container', () => {
  const bytes = Buffer.concat([
    frame(1, 'one '),
    frame(2, 'wrong '),
    frame(1, ''),
    frame(1, 'zwei 漢字 '),
    frame(0, 'repeated '),
    frame(3, 'of the engine '),
    frame(2, 'x'.repeat(70_000)),
    frame(1, 'end'),
  ]);

  test.each([1, 2, 7, 8, 9, 13, 4096, 1 << 20])('arrive in chunks of %i bytes', (size) => {
    expect(read(bytes, size)).toEqual({
      output: 'one zwei 漢字 repeated end',
      errors: `wrong of the engine ${'x'.repeat(70_000)}`,
      isWhole: true,
    });
  });

  test('are handed on before they are whole', () => {
    const half = frame(1, 'hello world').subarray(0, 13);
    expect(read(half, 100)).toEqual({ output: 'hello', errors: '', isWhole: false });
    expect(read(half.subarray(0, 5), 100)).toEqual({ output: '', errors: '', isWhole: false });
  });

  test.each([
    ['of an unknown kind', Buffer.from([9, 0, 0, 0, 0, 0, 0, 1, 65])],
    ['that are none', Buffer.from('plain text, as a terminal has it')],
  ])('%s are corrupt', (_, wrong) => {
    expect(() => read(wrong, 3)).toThrow(/begins a frame with/);
  });
});
