/** Builds that another client makes, watched through the engine's history of builds. */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createConnection } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BuildEvent } from '../../../src/engine/build.ts';
import type { BuildRecord, BuildWatcher } from '../../../src/engine/build-record.ts';
import { connect } from '../../../src/engine/connect.ts';
import { decodeStatus } from '../../../src/engine/docker/buildkit/messages.ts';
import { nameBuild } from '../../../src/engine/docker/control/own-build.ts';
import type { Endpoint } from '../../../src/engine/docker/endpoint.ts';
import { openSession } from '../../../src/engine/docker/session.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { engineGroup } from '../../support/engine-group.ts';
import { type EngineName, startEngine, type TestEngine } from '../../support/engines.ts';
import { ImageMaker } from '../../support/image-maker.ts';
import { tarOf } from '../../support/tar.ts';

const open = (endpoint: Endpoint) => connect({ endpoint, chosenBy: 'the test says so', tried: [] });

const WATCHED: readonly EngineName[] = ['docker26-classic', 'docker28-classic', 'docker28-containerd'];
for (const name of WATCHED) engineGroup('builds of others', name, () => watching(name));

for (const name of ['docker20', 'podman43'] as const) {
  engineGroup('builds of others', name, () => {
    test('are not remembered, and the reason says so', async () => {
      await using server = await startEngine(name);
      const engine = await open({ address: server.host });
      expect(engine.builds).toBeUndefined();
      expect(engine.absent.builds).toMatch(/does not remember builds/);
      await engine.close();
    });
  });
}

function watching(name: EngineName): void {
  let server: TestEngine;
  let engine: Engine;
  let builds: BuildWatcher;
  beforeAll(async () => {
    server = await startEngine(name);
    await new ImageMaker(server).base();
    engine = await open({ address: server.host });
    if (engine.builds === undefined) throw new Error(engine.absent.builds);
    builds = engine.builds;
  });
  afterAll(async () => {
    await engine?.close();
    await server?.stop();
  });

  /** By bare HTTP, as any other client would. Its answer, whether it failed or not. */
  async function build(instructions: readonly string[], query: Readonly<Record<string, string>>) {
    const dockerfile = ['FROM base:1', ...instructions, ''].join('\n');
    const body = await tarOf([{ name: 'Dockerfile', content: dockerfile }]);
    const { text } = await server.api.call('POST', '/build', {
      query: { version: '2', networkmode: 'host', ...query },
      body,
    });
    return text;
  }

  /** What is known now. */
  async function listed(): Promise<Map<string, BuildRecord>> {
    const stop = new AbortController();
    const records = new Map<string, BuildRecord>();
    for await (const event of builds.records({ signal: stop.signal, onListed: () => stop.abort() }))
      if (event.type === 'build') records.set(event.record.id, event.record);
    return records;
  }

  test('are listed with what became of them, and replayed', { timeout: 30_000 }, async () => {
    await build(['RUN echo first; echo second >&2'], { t: 'app:1' });
    await build(['RUN echo broken; exit 3'], { t: 'app:2', target: '', platform: 'linux/amd64' });
    const [done, failed] = [...(await listed()).values()].sort((a, b) => a.startedAt - b.startedAt);
    expect(done).toMatchObject({ state: 'done', error: '' });
    expect(failed).toMatchObject({
      state: 'failed',
      platform: 'linux/amd64',
      error: expect.stringContaining('exit code: 3'),
    });
    // Docker 26 does not remember what a build was to be called.
    const named = server.name.startsWith('docker28');
    expect(done).toMatchObject(
      named ? { title: 'app:1', references: ['app:1'] } : { title: 'Dockerfile', references: [] },
    );
    expect(done!.image).toBe((await engine.inspect('app:1')).id);
    expect(failed!.image).toBe('');
    expect(done!.endedAt).toBeGreaterThan(done!.startedAt);
    expect(done!.steps.total).toBeGreaterThan(0);

    const events = await gathered(builds.follow(done!.id));
    // Each stream comes at its own pace.
    expect(logsOf(events).sort()).toEqual([
      ['err', 'second'],
      ['out', 'first'],
    ]);
    expect(lastStates(events)).toMatchObject({ 'RUN echo first; echo second >&2': 'done' });
    expect(lastStates(await gathered(builds.follow(failed!.id)))).toMatchObject({
      'RUN echo broken; exit 3': 'failed',
    });
  });

  test('are told as they begin and end, and followed while they run', { timeout: 30_000 }, async () => {
    const stop = new AbortController();
    const listing = Promise.withResolvers<void>();
    const began = Promise.withResolvers<BuildRecord>();
    const ended = Promise.withResolvers<BuildRecord>();
    let isListed = false;
    const watching = (async () => {
      const onListed = () => {
        isListed = true;
        listing.resolve();
      };
      for await (const event of builds.records({ signal: stop.signal, onListed })) {
        if (!isListed || event.type !== 'build') continue;
        if (event.record.state === 'running') began.resolve(event.record);
        else ended.resolve(event.record);
      }
    })();
    await listing.promise;
    const building = build(['RUN echo one; sleep 1; echo two'], { t: 'live:1' });
    const { id } = await began.promise;
    const lines: { text: string; isOver: boolean }[] = [];
    let isOver = false;
    void building.then(() => {
      isOver = true;
    });
    for await (const event of builds.follow(id))
      if (event.type === 'log') lines.push({ text: event.text, isOver });
    expect(lines.map(({ text }) => text)).toEqual(['one', 'two']);
    // A second before the build's end; what it says at its end may come after its answer.
    expect(lines[0]?.isOver).toBe(false);
    expect(await ended.promise).toMatchObject({ id, state: 'done' });
    stop.abort();
    await watching;

    const digest = digestOf(await building, '[internal] load remote build context');
    const session = await openSession({ address: server.host }, { chosenBy: 'the test says so' });
    expect(await nameBuild(session, digest)).toBe(id);
    expect(await nameBuild(session, 'sha256:of-no-build')).toBeUndefined();
    await session.http.close();
  });

  test('that are not known are not found', async () => {
    await expect(gathered(builds.follow('nosuchbuild'))).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('nosuchbuild'),
    });
  });

  test('that nobody follows any more do not keep anybody waiting', async () => {
    const stop = new AbortController();
    const building = build(['RUN sleep 1; echo late'], {});
    const id = await new Promise<string>((resolve) => {
      void (async () => {
        for await (const event of builds.records({ signal: stop.signal }))
          if (event.type === 'build' && event.record.state === 'running') resolve(event.record.id);
      })();
    });
    const only = new AbortController();
    const followed = (async () => {
      for await (const event of builds.follow(id, { signal: only.signal }))
        if (event.type === 'step') only.abort();
    })();
    await expect(followed).rejects.toMatchObject({ code: 'cancelled' });
    stop.abort();
    await building;
  });

  if (name === 'docker28-classic')
    test('are watched over TLS, too', async () => {
      const pem = (file: string) =>
        readFileSync(new URL(`../../fixtures/tls/${file}.pem`, import.meta.url), 'utf8');
      const front = createTlsServer({ cert: pem('server'), key: pem('server-key') }, (socket) => {
        const inner = createConnection(server.socket);
        socket.pipe(inner).pipe(socket);
        socket.on('error', () => inner.destroy());
        inner.on('error', () => socket.destroy());
      });
      await once(front.listen(0, '127.0.0.1'), 'listening');
      const { port } = front.address() as AddressInfo;
      const far = await open({ address: `tcp://127.0.0.1:${port}`, tls: { ca: pem('ca'), verify: true } });
      const [id = ''] = (await listed()).keys();
      expect((await gathered(far.builds!.follow(id))).length).toBeGreaterThan(0);
      await far.close();
      front.close();
    });

  test('end when the engine does', async () => {
    const watching = gathered(builds.records({ onListed: () => void server.kill() }));
    await expect(watching).rejects.toMatchObject({ code: 'unreachable', retryable: true });
  });
}

async function gathered<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const all: Value[] = [];
  for await (const value of values) all.push(value);
  return all;
}

function logsOf(events: readonly BuildEvent[]) {
  return events.flatMap((event) => (event.type === 'log' ? [[event.stream, event.text]] : []));
}

function lastStates(events: readonly BuildEvent[]): Record<string, string> {
  return Object.fromEntries(
    events.flatMap((event) => (event.type === 'step' ? [[event.name, event.state]] : [])),
  );
}

/** The step of this name in the trace that a build answers with. */
function digestOf(answer: string, step: string): string {
  for (const [, aux = ''] of answer.matchAll(/"moby\.buildkit\.trace","aux":"([^"]+)"/g)) {
    const vertex = decodeStatus(Buffer.from(aux, 'base64')).vertexes.find(({ name }) => name === step);
    if (vertex !== undefined) return vertex.digest;
  }
  throw new Error(`no step is called ${step}`);
}
