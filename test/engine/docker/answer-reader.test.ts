import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, test } from 'vitest';
import { AnswerReader } from '../../../src/engine/docker/answer-reader.ts';

const TEXT = `[{"name":"${'äö日本語🐳'.repeat(40)}"}]`;

/** What a real server sends, byte for byte. */
async function answerOf(listener: RequestListener): Promise<Buffer> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n');
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  server.close();
  return Buffer.concat(chunks);
}

const inChunks = () =>
  answerOf((_, response) => {
    response.setHeader('Api-Version', '1.41');
    const bytes = Buffer.from(TEXT);
    for (let at = 0; at < bytes.length; at += 37) response.write(bytes.subarray(at, at + 37));
    response.end();
  });

const whole = () =>
  answerOf((_, response) => response.setHeader('Content-Length', Buffer.byteLength(TEXT)).end(TEXT));

function read(pieces: readonly Buffer[]) {
  const reader = new AnswerReader();
  for (const piece of pieces) reader.push(piece);
  return reader.finish();
}

test('an answer is the same wherever it is cut, in the middle of a character too', async () => {
  for (const bytes of [await inChunks(), await whole()]) {
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(read([bytes.subarray(0, cut), bytes.subarray(cut)])?.text, `cut at ${cut}`).toBe(TEXT);
    }
    expect(read([...bytes].map((byte) => Buffer.of(byte)))?.text).toBe(TEXT);
  }
});

test('headers are found by their names in lower case', async () => {
  expect(read([await inChunks()])?.headers['api-version']).toBe('1.41');
});

test('an answer that breaks off is no answer', async () => {
  const chunked = await inChunks();
  // Behind the last chunk nothing is waited for: only its own empty line follows.
  for (let end = 0; end < chunked.length - 4; end++) expect(read([chunked.subarray(0, end)])).toBeUndefined();
  const plain = await whole();
  for (let end = 0; end < plain.length; end++) expect(read([plain.subarray(0, end)])).toBeUndefined();
});

test('what is not a success, or says a wrong length, is no answer', async () => {
  const refused = await answerOf((_, response) => response.writeHead(404).end('{}'));
  expect(read([refused])).toBeUndefined();
  expect(read([Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{}')])).toBeUndefined();
  expect(
    read([Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{}')]),
  ).toBeUndefined();
});
