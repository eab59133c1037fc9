/** Answers of real builders, replayed: each becomes the same model, wherever its bytes are split. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { BuildEvent } from '../../../src/engine/build.ts';
import { buildFailure } from '../../../src/engine/docker/build/build-failure.ts';
import type { BuildReader } from '../../../src/engine/docker/build/build-reader.ts';
import { BuildahReader } from '../../../src/engine/docker/build/buildah-reader.ts';
import { BuildKitReader } from '../../../src/engine/docker/build/buildkit-reader.ts';
import { ClassicReader } from '../../../src/engine/docker/build/classic-reader.ts';
import type { StatusResponse } from '../../../src/engine/docker/buildkit/messages.ts';
import { Trace } from '../../../src/engine/docker/buildkit/trace.ts';
import { parseLine, readRawLines } from '../../../src/engine/docker/ndjson.ts';
import type { EngineError } from '../../../src/engine/errors.ts';
import { buildStory } from '../../support/build-story.ts';

const FOLDER = join(import.meta.dirname, '../../fixtures/builds');
const recorded = (name: string) => readFile(join(FOLDER, `${name}.ndjson`));

const RECORDINGS: readonly (readonly [name: string, make: () => BuildReader])[] = [
  ['docker20-classic', () => new ClassicReader()],
  ['docker20-classic-cached', () => new ClassicReader()],
  ['docker28-classic-stages', () => new ClassicReader()],
  ['docker20-buildkit', () => new BuildKitReader()],
  ['docker28-failed', () => new BuildKitReader()],
  ['docker28-warnings', () => new BuildKitReader()],
  ['docker28-pulling', () => new BuildKitReader()],
  ['containerd-pulling', () => new BuildKitReader()],
  ['podman43-failed', () => new BuildahReader()],
  ['podman43-stages', () => new BuildahReader()],
  ['podman43-cached', () => new BuildahReader()],
  ['podman58', () => new BuildahReader()],
];

interface Replayed {
  readonly events: readonly BuildEvent[];
  readonly id: string;
  readonly error: EngineError | undefined;
}

/** In two chunks, or in chunks of a certain size. */
async function replay(bytes: Buffer, reader: BuildReader, cuts: readonly number[]): Promise<Replayed> {
  const events: BuildEvent[] = [];
  async function* chunks() {
    let from = 0;
    for (const to of [...cuts, bytes.length]) {
      yield bytes.subarray(from, to);
      from = to;
    }
  }
  for await (const lines of readRawLines(chunks(), 'replay'))
    for (const line of lines)
      events.push(...(reader.readRaw?.(line) ?? reader.read(parseLine(line, 'replay'))));
  events.push(...reader.finish());
  const purpose = { dockerfile: 'Dockerfile', auths: new Map() };
  const error = reader.failure && buildFailure(reader.failure, purpose);
  return { events, id: reader.id, error };
}

/** Text builders go by our clock. */
const timeless = (events: readonly BuildEvent[]) =>
  events.map((event) => (event.type === 'step' ? { ...event, startedAt: 0, endedAt: 0 } : event));

describe('a recorded build', () => {
  test.each(RECORDINGS)('of %s is told as it was', async (name, make) => {
    const { events, id, error } = await replay(await recorded(name), make(), []);
    const times = make() instanceof BuildKitReader;
    const end =
      error === undefined
        ? `image ${id}`
        : `${error.code}: ${error.message}\nhint: ${error.hint}\n${error.detail}`;
    await expect(`${buildStory(events, { times })}\n${end}\n`).toMatchFileSnapshot(
      join(FOLDER, `${name}.txt`),
    );
  });

  test.each(RECORDINGS)('of %s does not depend on where its bytes are split', async (name, make) => {
    const bytes = await recorded(name);
    const whole = await replay(bytes, make(), []);
    // Every point of a small answer, and of a large one so many as there is time for.
    const step = Math.ceil(bytes.length / (bytes.length < 1000 ? bytes.length : 60));
    for (let at = 1; at < bytes.length; at += step) {
      const split = await replay(bytes, make(), [at]);
      expect(timeless(split.events), `split at ${at}`).toEqual(timeless(whole.events));
    }
    const small = Array.from({ length: Math.floor(bytes.length / 7) }, (_, n) => 7 * (n + 1));
    const many = await replay(bytes, make(), small);
    expect(timeless(many.events)).toEqual(timeless(whole.events));
    expect([many.id, many.error?.message]).toEqual([whole.id, whole.error?.message]);
  });

  test.each(RECORDINGS)(
    'of %s may end its lines either way, or the last one not at all',
    async (name, make) => {
      const text = (await recorded(name)).toString('utf8').replaceAll('\r\n', '\n').trimEnd();
      const whole = await replay(Buffer.from(text), make(), []);
      for (const other of [text.replaceAll('\n', '\r\n'), `${text}\n\n\r\n`]) {
        expect(timeless((await replay(Buffer.from(other), make(), [])).events)).toEqual(
          timeless(whole.events),
        );
      }
    },
  );

  test.each(RECORDINGS)('of %s that breaks off is never taken for a success', async (name, make) => {
    const lines = (await recorded(name)).toString('utf8').trimEnd().split('\n');
    const end = lines.findIndex((line) => /moby\.image\.id|"aux":\{"ID"|errorDetail/.test(line));
    for (let count = 0; count < end; count++) {
      const { events, id, error } = await replay(Buffer.from(lines.slice(0, count).join('\n')), make(), []);
      expect([id, error]).toEqual(['', undefined]);
      const last = new Map(
        events.flatMap((event) => (event.type === 'step' ? [[event.id, event.state]] : [])),
      );
      expect([...last.values()]).not.toContain('running');
    }
  });
});

describe('a trace', () => {
  test('of the same shape in JSON, as buildx prints it, tells the same', async () => {
    const trace = new Trace();
    const lines = (await recorded('buildx')).toString('utf8').trimEnd().split('\n');
    const events = lines.flatMap((line) => trace.read(fromJson(JSON.parse(line) as Solve)));
    events.push(...trace.finish());
    await expect(buildStory(events, { times: true })).toMatchFileSnapshot(join(FOLDER, 'buildx.txt'));
  });
});

type Row = Readonly<Record<string, string | number | boolean | string[] | undefined>>;
type Solve = Readonly<Partial<Record<'vertexes' | 'statuses' | 'logs' | 'warnings', readonly Row[]>>>;

function fromJson(solve: Solve): StatusResponse {
  const text = (value: Row[string]) => (typeof value === 'string' ? value : '');
  const time = (value: Row[string]) => (value === undefined ? undefined : Date.parse(text(value)));
  return {
    vertexes: (solve.vertexes ?? []).map((row) => ({
      digest: text(row['digest']),
      inputs: Array.isArray(row['inputs']) ? row['inputs'] : [],
      name: text(row['name']),
      cached: row['cached'] === true,
      startedAt: time(row['started']),
      completedAt: time(row['completed']),
      error: text(row['error']),
    })),
    statuses: (solve.statuses ?? []).map((row) => ({
      id: text(row['id']),
      vertex: text(row['vertex']),
      name: text(row['name']),
      current: Number(row['current'] ?? 0),
      total: Number(row['total'] ?? 0),
      startedAt: time(row['started']),
      completedAt: time(row['completed']),
    })),
    logs: (solve.logs ?? []).map((row) => ({
      vertex: text(row['vertex']),
      stream: Number(row['stream'] ?? 0),
      bytes: Buffer.from(text(row['data']), 'base64'),
    })),
    warnings: [],
  };
}

describe('a line of the trace', () => {
  test.each([
    ['as BuildKit writes it', (aux: string) => `{"id":"moby.buildkit.trace","aux":"${aux}"}`, true],
    ['with blanks', (aux: string) => `{"id": "moby.buildkit.trace", "aux": "${aux}"}`, false],
    [
      'with an escape',
      (aux: string) => `{"id":"moby.buildkit.trace","aux":"\\u${hex4(aux)}${aux.slice(1)}"}`,
      false,
    ],
    ['with more in it', (aux: string) => `{"id":"moby.buildkit.trace","aux":"${aux}","x":"y"}`, false],
  ])('%s means the same, read with or without parsing it', async (_, written, isRaw) => {
    const rows = (await recorded('docker28-warnings')).toString().split('\n');
    const row = rows.find((each) => each.includes('moby.buildkit.trace'))!;
    const { aux } = JSON.parse(row) as { readonly aux: string };
    const line = written(aux);
    const events = new BuildKitReader().read(JSON.parse(line));
    expect(events.length).toBeGreaterThan(0);
    expect(new BuildKitReader().readRaw(Buffer.from(line))).toEqual(isRaw ? events : undefined);
  });

  test('that is damaged is refused, read either way', () => {
    const line = '{"id":"moby.buildkit.trace","aux":"CgUB"}';
    expect(() => new BuildKitReader().readRaw(Buffer.from(line))).toThrow('damaged');
    expect(() => new BuildKitReader().read(JSON.parse(line))).toThrow('damaged');
  });
});

const hex4 = (text: string): string => text.charCodeAt(0).toString(16).padStart(4, '0');
