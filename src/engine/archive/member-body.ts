/** The bytes of an archive's member, on their way to memory or to the store. */
import type { BlobWriter } from '../embedded/store.ts';

/** All of it; for what is known to be small. */
export async function gather(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The first bytes, at least `length` where there are as many, and the body as if nobody had looked. */
export async function beginning(
  body: AsyncIterable<Buffer>,
  length: number,
): Promise<{ head: Buffer; whole: AsyncGenerator<Buffer, void, void> }> {
  const rest = body[Symbol.asyncIterator]();
  const chunks: Buffer[] = [];
  for (let have = 0; have < length; ) {
    const next = await rest.next();
    if (next.done) break;
    chunks.push(next.value);
    have += next.value.length;
  }
  return { head: Buffer.concat(chunks), whole: chain(chunks, rest) };
}

/** Writes it to the store and tells how much was passed on. Hashing goes on while the disk writes; never more than one write ahead. */
export async function* pour(
  body: AsyncIterable<Buffer>,
  writer: BlobWriter,
): AsyncGenerator<number, void, void> {
  // An earlier try may have left its beginning.
  const there = writer.offset;
  let passed = 0;
  let writing: Promise<void> | undefined;
  for await (const chunk of body) {
    const known = Math.min(chunk.length, Math.max(0, there - passed));
    passed += chunk.length;
    if (known === chunk.length) continue;
    const before = writing;
    writing = writer.write(known === 0 ? chunk : chunk.subarray(known)) ?? undefined;
    writing?.catch(() => {});
    await before;
    yield passed;
  }
  await writing;
}

async function* chain(
  head: readonly Buffer[],
  rest: AsyncIterator<Buffer>,
): AsyncGenerator<Buffer, void, void> {
  yield* head;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}
