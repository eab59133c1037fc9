/** What recorded builds do not show of BuildKit's trace. */
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { describe, expect, test } from 'vitest';
import type { BuildEvent } from '../../../src/engine/build.ts';
import { counted, sized } from '../../../src/engine/docker/buildkit/fields.ts';
import {
  decodeStatus,
  type StatusResponse,
  type Vertex,
} from '../../../src/engine/docker/buildkit/messages.ts';
import { Trace } from '../../../src/engine/docker/buildkit/trace.ts';
import { readVertexName } from '../../../src/engine/docker/buildkit/vertex-name.ts';

const NOTHING: StatusResponse = { vertexes: [], statuses: [], logs: [], warnings: [] };

function vertex(name: string, told: Partial<Vertex> = {}): Vertex {
  return {
    digest: name,
    inputs: [],
    name,
    cached: false,
    startedAt: undefined,
    completedAt: undefined,
    error: '',
    ...told,
  };
}

const statesOf = (events: readonly BuildEvent[], name: string) =>
  events.flatMap((event) => (event.type === 'step' && event.name === name ? [event.state] : []));

describe('the name of a vertex', () => {
  test.each([
    ['[2/4] RUN npm ci', { name: 'RUN npm ci', stage: '0', position: 2, of: 4 }],
    ['[build  2/12] COPY . .', { name: 'COPY . .', stage: 'build', position: 2, of: 12 }],
    ['[stage-1 1/1] FROM scratch', { name: 'FROM scratch', stage: '1', position: 1, of: 1 }],
    [
      '[linux/arm64 build 1/2] FROM base',
      { name: 'FROM base', stage: 'linux/arm64 build', position: 1, of: 2 },
    ],
    ['[linux/arm/v7 1/2] FROM base', { name: 'FROM base', stage: 'linux/arm/v7 0', position: 1, of: 2 }],
    ['[linux/amd64->arm64 stage-2 3/9] RUN x', { stage: 'linux/amd64->arm64 2', position: 3, of: 9 }],
    ['[1/2] RUN echo "[2/3] not this"', { name: 'RUN echo "[2/3] not this"', stage: '0', position: 1 }],
    ['[1/2] RUN echo "[build 2/3] not"', { name: 'RUN echo "[build 2/3] not"', stage: '0', position: 1 }],
    [
      '[internal] load .dockerignore',
      { name: 'load .dockerignore', stage: '', position: undefined, internal: true },
    ],
    ['[linux/arm64 internal] load metadata for base', { stage: '', internal: true }],
    ['[auth] a/b:pull token for reg.test', { name: '[auth] a/b:pull token for reg.test', internal: true }],
    ['exporting to image', { name: 'exporting to image', internal: true }],
    ['[1/1] RUN \u001b[31mred\nand more', { name: 'RUN red and more' }],
  ])('%j', (text, wanted) => {
    expect(readVertexName(text)).toMatchObject({ internal: false, ...wanted });
  });
});

describe('a trace', () => {
  test('of a step that begins anew goes on with it', () => {
    const trace = new Trace();
    const tell = (told: Partial<Vertex>) =>
      trace.read({ ...NOTHING, vertexes: [vertex('[1/1] FROM a', told)] });
    const events = [
      {},
      { startedAt: 1000 },
      { startedAt: 1000, completedAt: 1100 },
      { startedAt: 1200 },
      { startedAt: 1200, completedAt: 1150, cached: true },
      { startedAt: 1300 },
      { startedAt: 1300, completedAt: 1300 },
    ].flatMap(tell);
    expect(statesOf(events, 'FROM a')).toEqual([
      'waiting',
      'running',
      'done',
      'running',
      'cached',
      'running',
      'cached',
    ]);
    expect(events.at(-1)).toMatchObject({ startedAt: 1000, endedAt: 1300 });
    expect(tell({ startedAt: 1300, completedAt: 1300 })).toEqual([]);
  });

  test('cut off elsewhere keeps what was done, and cancels what was not', () => {
    const trace = new Trace();
    const cut = { startedAt: 1000, completedAt: 1500, error: 'context canceled: context canceled' };
    const events = trace.read({
      ...NOTHING,
      vertexes: [
        vertex('[1/3] FROM a', { startedAt: 1000, completedAt: 1001, cached: true }),
        vertex('[2/3] RUN b', { startedAt: 1000 }),
        vertex('[1/3] FROM a', cut),
        vertex('[2/3] RUN b', cut),
        vertex('[3/3] RUN c', { startedAt: 1000, completedAt: 1500, error: 'exit code: 1\n\u001b[31mred' }),
      ],
    });
    expect(statesOf(events, 'FROM a').at(-1)).toBe('cached');
    expect(statesOf(events, 'RUN b').at(-1)).toBe('cancelled');
    expect(trace.failed?.step).toMatchObject({ name: 'RUN c', state: 'failed', error: 'exit code: 1\nred' });
    expect(trace.finish()).toEqual([]);
  });

  test('a command that speaks of being cancelled is not', () => {
    const trace = new Trace();
    const name = '[1/1] RUN echo context canceled; exit 3';
    const told = 'process "/bin/sh -c echo context canceled; exit 3" did not complete successfully';
    const end = (why: string) =>
      trace.read({
        ...NOTHING,
        vertexes: [vertex(name, { startedAt: 1, completedAt: 2, error: `${told}: ${why}` })],
      });
    expect(end('exit code: 3')).toMatchObject([{ state: 'failed' }]);
    expect(end('context canceled')).toMatchObject([{ state: 'cancelled' }]);
  });

  test('that ends in the middle ends what goes on inside its steps', () => {
    const trace = new Trace();
    const name = '[1/1] FROM a';
    const layer = { vertex: name, name: 'downloading', current: 5, total: 9, startedAt: 1 };
    trace.read({
      ...NOTHING,
      vertexes: [vertex(name, { startedAt: 1 })],
      statuses: [{ ...layer, id: 'layer', completedAt: undefined }],
    });
    expect(trace.finish()).toMatchObject([
      { type: 'inside', id: 'layer', done: 5, total: 9, ended: true },
      { type: 'step', state: 'cancelled' },
    ]);
  });

  test('that ends in the middle ends its steps, by the clock of the engine', () => {
    const trace = new Trace();
    const startedAt = Date.now() - 3_600_000;
    trace.read({ ...NOTHING, vertexes: [vertex('[1/2] RUN a', { startedAt }), vertex('[2/2] RUN b')] });
    const events = trace.finish();
    expect(events).toMatchObject([{ name: 'RUN a', state: 'cancelled' }]);
    const [step] = events;
    if (step?.type !== 'step') throw new Error('it is no step');
    expect((step.endedAt ?? 0) - startedAt).toBeLessThan(600_000);
  });

  test('tells what a step printed before its end, and what nobody began not at all', () => {
    const trace = new Trace();
    const log = (name: string, text: string, stream = 1) => ({
      vertex: name,
      stream,
      bytes: Buffer.from(text),
    });
    const name = '[1/1] RUN a';
    const events = [
      ...trace.read({
        ...NOTHING,
        vertexes: [vertex(name, { startedAt: 1 })],
        logs: [log(name, 'ha'), log('nobody', 'x\n')],
      }),
      ...trace.read({
        ...NOTHING,
        vertexes: [vertex(name, { startedAt: 1, completedAt: 2 })],
        logs: [log(name, 'lf'), log(name, 'err\n', 2)],
        statuses: [
          { id: 'x', vertex: 'nobody', name: '', current: 1, total: 2, startedAt: 1, completedAt: undefined },
        ],
      }),
    ];
    expect(
      events.map((event) => ('text' in event ? event.text : 'state' in event ? event.state : '')),
    ).toEqual(['running', 'err', 'half', 'done']);
  });

  test('keeps the last lines of a step that fails', () => {
    const trace = new Trace();
    const name = '[1/1] RUN a';
    trace.read({ ...NOTHING, vertexes: [vertex(name, { startedAt: 1 })] });
    for (let n = 1; n <= 99; n++) {
      trace.read({ ...NOTHING, logs: [{ vertex: name, stream: 1, bytes: Buffer.from(`${n}\n`) }] });
    }
    trace.read({ ...NOTHING, vertexes: [vertex(name, { startedAt: 1, completedAt: 2, error: 'bad' })] });
    expect(trace.failed?.tail).toEqual(Array.from({ length: 20 }, (_, n) => String(80 + n)));
  });

  test('counts what is larger than 4 GiB, and what it does not know of it skips', () => {
    const writer = new BinaryWriter();
    const at = (field: number, seconds: bigint) =>
      writer.uint32(sized(field)).fork().uint32(counted(1)).int64(seconds).join();
    writer.uint32(sized(1)).fork().uint32(sized(1)).string('v').uint32(sized(3)).string('[1/1] FROM a');
    at(5, 1_795_309_227n);
    writer
      .uint32(sized(99))
      .string('new')
      .uint32(counted(98))
      .int64(7n)
      .uint32((97 << 3) | 1)
      .fixed64(1n)
      .join();
    writer.uint32(sized(2)).fork().uint32(sized(1)).string('layer').uint32(sized(2)).string('v');
    writer.uint32(counted(4)).int64(6_000_000_000n).uint32(counted(5)).int64(9_000_000_000n).join();
    const status = decodeStatus(writer.finish());
    expect(status.vertexes[0]).toMatchObject({ digest: 'v', startedAt: 1_795_309_227_000 });
    expect(new Trace().read(status)).toMatchObject([
      { type: 'step', state: 'running' },
      { type: 'inside', id: 'layer', done: 6_000_000_000, total: 9_000_000_000, ended: false },
    ]);
  });

  test('that is no message is refused', () => {
    for (const bytes of [
      [0x0a, 0x05, 0x01],
      [0x0a, 0x02, 0x0a, 0x7f],
      [0xff],
      [0x0a, 0x03, 0x0a, 0x05, 0x41],
    ]) {
      expect(() => decodeStatus(Uint8Array.from(bytes)), String(bytes)).toThrow();
    }
  });
});
