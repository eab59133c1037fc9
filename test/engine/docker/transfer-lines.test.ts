import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readLines } from '../../../src/engine/docker/ndjson.ts';
import { transferFailure } from '../../../src/engine/docker/transfer-failure.ts';
import { TransferLines } from '../../../src/engine/docker/transfer-lines.ts';
import type { TransferEvent, TransferPart } from '../../../src/engine/transfer.ts';

const FOLDER = join(import.meta.dirname, '../../fixtures/transfers');
const DIGEST = 'sha256:be08f8e77db134f0f595f367d99983ee6d252c8350fb9a97f0e9f5177b093fb7';

interface Replayed {
  readonly lines: TransferLines;
  readonly events: TransferEvent[];
  /** As they stood before the end, and after. */
  readonly open: ReadonlyMap<string, TransferPart>;
  readonly parts: ReadonlyMap<string, TransferPart>;
  readonly thrown: unknown;
}

function reader(isPodman = false): TransferLines {
  const purpose = {
    subject: 'app:1',
    registry: 'registry.test',
    credentials: { username: 'ada', secret: 's3cret' },
  } as const;
  return new TransferLines({
    isPodman,
    explain: (said) => transferFailure(said, { ...purpose, verb: 'pull' }),
  });
}

/** In chunks of a certain size, which splits lines elsewhere each time. */
async function replay(bytes: Buffer, size: number, isPodman: boolean): Promise<Replayed> {
  const lines = reader(isPodman);
  const events: TransferEvent[] = [];
  let thrown: unknown;
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  try {
    for await (const row of readLines(chunks(), 'replay')) events.push(...lines.read(row));
  } catch (reason) {
    thrown = reason;
  }
  const open = lastOf(events);
  if (thrown === undefined) events.push(...lines.finish());
  return { lines, events, open, parts: lastOf(events), thrown };
}

const lastOf = (events: readonly TransferEvent[]) =>
  new Map(events.flatMap((event) => (event.type === 'part' ? [[event.id, event] as const] : [])));

const textsOf = (events: readonly TransferEvent[], topic: string) =>
  events.flatMap((event) => (event.type === 'line' && event.topic === topic ? [event.text] : []));

const recorded = (name: string) => readFile(join(FOLDER, `${name}.ndjson`));

/** Compressed sizes of the layers that were pulled, as Docker and Podman tell them. */
const LAYERS: Readonly<Record<string, number>> = {
  e6897e31328c: 4_195_745,
  ec98e57f3185: 8_390_366,
  '20ee2b21aeaa': 12_584_984,
  fa0ffbf4e961: 16_779_617,
  '9bd6cedfee19': 20_974_243,
};

describe.each([
  'docker20-pull',
  'docker28-pull-retrying',
  'docker28-pull-broken',
  'containerd-pull',
  'podman-pull',
  'docker28-push',
  'containerd-push',
  'containerd-push-refused',
  'podman-push',
  'docker20-load',
])('a recording of %s', (name) => {
  const isPodman = name.startsWith('podman');

  test('reads the same however it is cut', async () => {
    const bytes = await recorded(name);
    const whole = await replay(bytes, bytes.length, isPodman);
    for (const size of [1, 7, 100, 1023]) {
      const cut = await replay(bytes, size, isPodman);
      expect(cut.events).toEqual(whole.events);
      expect(String(cut.thrown)).toBe(String(whole.thrown));
    }
  });

  test('tells nothing twice, nothing after an end, and never more than there is', async () => {
    const { events, parts, thrown } = await replay(await recorded(name), 4096, isPodman);
    const last = new Map<string, TransferPart>();
    for (const event of events) {
      if (event.type !== 'part') continue;
      const before = last.get(event.id);
      expect(event).not.toEqual(before);
      expect(before?.stage ?? 'waiting').not.toMatch(/done|present/);
      if (event.total !== undefined) expect(event.done).toBeLessThanOrEqual(event.total);
      last.set(event.id, event);
    }
    if (thrown === undefined) for (const { stage } of parts.values()) expect(stage).toMatch(/done|present/);
  });
});

describe('a pull', () => {
  test.each(['docker20-pull', 'docker28-pull-retrying', 'containerd-pull'])(
    'of Docker ends with every layer whole: %s',
    async (name) => {
      const { lines, open } = await replay(await recorded(name), 4096, false);
      for (const [id, size] of Object.entries(LAYERS)) {
        expect(open.get(id)).toEqual({ type: 'part', id, stage: 'done', done: size, total: size });
      }
      const isClassic = name !== 'containerd-pull';
      expect(open.get('c1b429484ebb')?.stage).toBe(isClassic ? 'present' : undefined);
      expect(lines).toMatchObject({ digest: DIGEST, changed: true });
    },
  );

  test('of Podman tells sizes where it knows them, and its last line is no layer', async () => {
    const { lines, open } = await replay(await recorded('podman-pull'), 4096, true);
    expect(open.get('9bd6cedfee19')).toMatchObject({ stage: 'done', done: 20_974_243, total: 20_974_243 });
    expect(open.get('e6897e31328c')).toMatchObject({ stage: 'done', done: 0, total: undefined });
    expect([...open.keys()]).toHaveLength(7);
    expect(lines).toMatchObject({ digest: '', changed: undefined });
    const upToDate = reader(true);
    const rows = ['{"status":"Download complete","progressDetail":{},"id":"8a5f0dd83b07"}'];
    expect(rows.flatMap((row) => upToDate.read(JSON.parse(row)))).toEqual([]);
  });

  test('shows each try anew, and tells of it once in the log', async () => {
    const { events } = await replay(await recorded('docker28-pull-retrying'), 4096, false);
    const notes = events.flatMap((event) =>
      event.type === 'part' && event.stage === 'retrying' ? [event.note] : [],
    );
    expect(notes.length).toBeGreaterThanOrEqual(6);
    for (const note of notes) expect(note).toMatch(/^again in [1-5] s$/);
    const retries = textsOf(events, 'retry');
    expect(retries).toHaveLength(2);
    expect(retries[0]).toMatch(/^[0-9a-f]{12}: .*again in 5 seconds$/);
  });

  test('that fails within the answer throws what the engine says', async () => {
    const { thrown, open } = await replay(await recorded('docker28-pull-broken'), 4096, false);
    expect(thrown).toMatchObject({ code: 'corrupt', detail: 'unknown blob', retryable: true });
    expect((thrown as Error).message).toContain('app:1');
    expect(open.size).toBeGreaterThan(5);
  });

  test('counts seconds where containerd unpacks', () => {
    const lines = reader();
    const rows = [
      { status: 'Downloading', progressDetail: { current: 10, total: 10 }, id: '9bd6cedfee19' },
      { status: 'Download complete', progressDetail: { hidecounts: true }, id: '9bd6cedfee19' },
      { status: 'Extracting', progressDetail: { current: 1, units: 's' }, id: '9bd6cedfee19' },
      { status: 'Extracting', progressDetail: { current: 2, units: 's' }, id: '9bd6cedfee19' },
      { status: 'Pull complete', progressDetail: { hidecounts: true }, id: '9bd6cedfee19' },
    ];
    const part = { type: 'part', id: '9bd6cedfee19' } as const;
    expect(rows.flatMap((row) => lines.read(row))).toEqual([
      { ...part, stage: 'downloading', done: 10, total: 10 },
      { ...part, stage: 'waiting', done: 10, total: 10, note: 'downloaded' },
      { ...part, stage: 'unpacking', done: 0, total: undefined, seconds: 1 },
      { ...part, stage: 'unpacking', done: 0, total: undefined, seconds: 2 },
      { ...part, stage: 'done', done: 10, total: 10 },
    ]);
  });

  test('of a tag that looks like a layer has no part of that name', () => {
    const lines = reader();
    const events = lines.read({ status: 'Pulling from acme/app', id: 'c1b429484ebb' });
    expect(events).toEqual([{ type: 'line', topic: 'resolve', text: 'Pulling from acme/app, c1b429484ebb' }]);
    expect(lines.finish()).toEqual([]);
  });

  test('tells of what did not change, and of warnings', () => {
    const lines = reader();
    lines.read({ status: 'Status: Image is up to date for app:1' });
    expect(lines.changed).toBe(false);
    expect(lines.read({ status: 'WARNING: image with reference app:1 was found but …' })).toEqual([
      { type: 'line', topic: 'warning', text: 'image with reference app:1 was found but …' },
    ]);
  });
});

describe('a push', () => {
  test.each(['docker28-push', 'containerd-push'])('tells digest and size: %s', async (name) => {
    const { lines, parts } = await replay(await recorded(name), 4096, false);
    expect(lines).toMatchObject({ digest: DIGEST, size: 1586 });
    expect(parts.size).toBe(6);
    for (const { stage, done, total } of parts.values()) {
      expect(stage).toBe('done');
      expect(done).toBe(total);
      expect(total).toBeGreaterThan(1_000_000);
    }
  });

  test('of Podman tells nothing but the digest', async () => {
    const { lines, events } = await replay(await recorded('podman-push'), 4096, true);
    expect(lines.digest).toMatch(/^sha256:a8377fee902e/);
    expect(lines.size).toBe(1586);
    expect(lastOf(events).size).toBe(0);
  });

  test('never counts beyond the total', async () => {
    const { events } = await replay(await recorded('docker28-push'), 4096, false);
    const last = events.filter((event) => event.type === 'part' && event.id === '84eb42780b5c');
    expect(last).toContainEqual({
      type: 'part',
      id: '84eb42780b5c',
      stage: 'uploading',
      done: 1_984_158,
      total: 1_984_158,
    });
  });

  test('that is refused after much waiting tells of each layer once', async () => {
    const { events, thrown } = await replay(await recorded('containerd-push-refused'), 4096, false);
    expect(thrown).toMatchObject({ code: 'unauthorized' });
    expect(events.filter(({ type }) => type === 'part')).toHaveLength(6);
  });

  test('knows layers that are there or come from a neighbour, without a total too', () => {
    const lines = reader();
    const rows = [
      { status: 'Pushing', progressDetail: { current: 512 }, id: '9bd6cedfee19' },
      { status: 'Pushed', progressDetail: {}, id: '9bd6cedfee19' },
      { status: 'Mounted from acme/base', progressDetail: {}, id: 'e6897e31328c' },
      { status: 'Layer already exists', progressDetail: {}, id: 'ec98e57f3185' },
      { progressDetail: {}, aux: { manifestPushedInsteadOfIndex: true } },
    ];
    const events = rows.flatMap((row) => lines.read(row));
    expect(events.map((event) => (event.type === 'part' ? [event.stage, event.note] : event.type))).toEqual([
      ['uploading', undefined],
      ['done', undefined],
      ['present', 'mounted from acme/base'],
      ['present', undefined],
      'line',
    ]);
  });
});

describe('a load', () => {
  test('tells what came, layer by layer', async () => {
    const { lines, open } = await replay(await recorded('docker20-load'), 4096, false);
    expect(lines.loaded).toEqual(['127.0.0.1:5000/acme/app:1']);
    expect(open.size).toBeGreaterThan(5);
    for (const { stage, done, total } of open.values()) expect([stage, done]).toEqual(['done', total]);
  });

  test('names images in each way that engines do', () => {
    const id = `sha256:${'ab'.repeat(32)}`;
    const rows = [
      'Loaded image: app:1\n',
      `Loaded image ID: ${id}\n`,
      'Loaded image: docker.io/library/a:1,docker.io/library/b:1',
      'The image app:1 already exists, renaming the old one with ID sha256:01 to empty string\n',
    ];
    const lines = reader();
    const events = rows.flatMap((stream) => lines.read({ stream }));
    expect(lines.loaded).toEqual(['app:1', id, 'docker.io/library/a:1', 'docker.io/library/b:1']);
    expect(events).toHaveLength(4);
  });
});

test('lines of odd shapes are passed over, and hostile text is made harmless', () => {
  const lines = reader();
  for (const odd of [null, 5, 'x', [], {}, { status: 7 }, { id: '9bd6cedfee19' }, { errorDetail: null }])
    expect(lines.read(odd)).toEqual([]);
  expect(lines.read({ status: 'up\u001b[2Jdate\u202e', id: '\u0007x' })).toEqual([
    { type: 'line', topic: 'engine', text: '\ufffdx: update\ufffd' },
  ]);
  const [part] = lines.read({
    status: 'Downloading',
    progressDetail: { current: -5, total: Number.NaN },
    id: '9bd6cedfee19',
  });
  expect(part).toMatchObject({ done: 0, total: undefined });
});
