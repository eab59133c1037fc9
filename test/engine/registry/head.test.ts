import { describe, expect, it } from 'vitest';
import { ChunkedReader } from '../../../src/engine/registry/chunked.ts';
import { HttpError, readHead } from '../../../src/engine/registry/head.ts';

const head = (...rows: string[]) => readHead(rows.join('\r\n'), 'GET');

describe('the head of an answer', () => {
  it('has a status, headers and a body of a known kind', () => {
    expect(head('HTTP/1.1 200 OK', 'Content-Length: 12', 'X-Two: a', 'x-two:  b ')).toMatchObject({
      status: 200,
      body: 12,
      keepAlive: true,
      headers: { 'content-length': '12', 'x-two': 'a, b' },
    });
    expect(head('HTTP/1.1 200', 'Transfer-Encoding: Chunked')).toMatchObject({
      body: 'chunked',
      keepAlive: true,
    });
    expect(head('HTTP/1.1 200 OK')).toMatchObject({ body: 'close', keepAlive: false });
    expect(head('HTTP/1.0 200 OK', 'Content-Length: 1')).toMatchObject({ keepAlive: false });
    expect(head('HTTP/1.1 200 OK', 'Content-Length: 1', 'Connection: Close')).toMatchObject({
      keepAlive: false,
    });
  });

  it('may announce a body that never comes', () => {
    expect(readHead('HTTP/1.1 200 OK\r\nContent-Length: 12', 'HEAD').body).toBe(0);
    expect(head('HTTP/1.1 204 No Content').body).toBe(0);
    expect(head('HTTP/1.1 304 Not Modified', 'Content-Length: 99').body).toBe(0);
  });

  it('that says both a length and chunks is not trusted with another request', () => {
    const both = head('HTTP/1.1 200 OK', 'Content-Length: 3', 'Transfer-Encoding: chunked');
    expect(both).toMatchObject({ body: 'chunked', keepAlive: false });
  });

  it.each([
    [['SSH-2.0-OpenSSH']],
    [['HTTP/2 200 OK']],
    [['HTTP/1.1 99 OK']],
    [['HTTP/1.1 200 OK', ' folded: yes']],
    [['HTTP/1.1 200 OK', 'no colon']],
    [['HTTP/1.1 200 OK', 'bad name : x']],
    [['HTTP/1.1 200 OK', 'Content-Length: -1']],
    [['HTTP/1.1 200 OK', 'Content-Length: 1e3']],
    [['HTTP/1.1 200 OK', 'Content-Length: 1', 'Content-Length: 2']],
    [['HTTP/1.1 200 OK', 'Content-Length: 99999999999999999999']],
    [['HTTP/1.1 200 OK', 'Transfer-Encoding: gzip, chunked']],
    [['HTTP/1.1 200 OK', 'x: a\nb']],
  ])('that is malformed is refused: %j', (rows) => {
    expect(() => head(...rows)).toThrow(HttpError);
  });
});

describe('a chunked body', () => {
  const whole = Buffer.from('4;x=y\r\nabcd\r\n10\r\n0123456789abcdef\r\n0\r\nTrailer: 1\r\n\r\nrest');

  const read = (sizes: readonly number[]) => {
    const reader = new ChunkedReader();
    let body = '';
    let used = 0;
    for (let at = 0, turn = 0; at < whole.length && !reader.ended; turn++) {
      const piece = whole.subarray(at, at + sizes[turn % sizes.length]!);
      const taken = reader.read(piece, (start, end) => {
        body += piece.toString('latin1', start, end);
      });
      used += taken;
      at += piece.length;
    }
    return { body, used, ended: reader.ended };
  };

  it.each([[[1]], [[2]], [[3, 1]], [[7]], [[1000]], [[5, 11, 1]]])(
    'is whole however it is cut: %j',
    (sizes) => {
      expect(read(sizes)).toEqual({ body: 'abcd0123456789abcdef', used: whole.length - 4, ended: true });
    },
  );

  it.each(['zz\r\n', '-1\r\n', '\r\n', `${'1'.repeat(5000)}`, '1\r\nab\r\n', 'fffffffffffffff\r\n'])(
    'that is malformed is refused (%#)',
    (text) => {
      expect(() => new ChunkedReader().read(Buffer.from(text), () => {})).toThrow(HttpError);
    },
  );

  it('with trailers without end is refused', () => {
    const reader = new ChunkedReader();
    reader.read(Buffer.from('0\r\n'), () => {});
    const trailer = Buffer.from(`x: ${'y'.repeat(1000)}\r\n`);
    expect(() => {
      for (let count = 0; count < 100; count++) reader.read(trailer, () => {});
    }).toThrow(HttpError);
  });
});
