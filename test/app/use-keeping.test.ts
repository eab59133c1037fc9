/** What nacre sees while it runs becomes what the last-used ledger knows. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { keepUses } from '../../src/app/use-keeping.ts';
import { openLastUsed } from '../../src/engine/cleanup/last-used.ts';
import type { EngineEvent } from '../../src/engine/engine.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { acmeApp, acmeState } from './acme-app.ts';
import { acmeId } from './acme-store.ts';

let folder: string;
beforeEach(() => {
  folder = scratchFolder();
});
afterEach(() => removeScratch(folder));

function watched() {
  let tell: (event: EngineEvent) => void = () => {};
  const base = acmeApp(acmeState({ columns: 120, rows: 36 }));
  const app = {
    ...base,
    session: {
      ...base.session,
      onEvent: (listener: (event: EngineEvent) => void) => {
        tell = listener;
        return () => {};
      },
    },
  };
  const stop = keepUses(app, folder);
  const { connection } = app.store.get();
  if (connection.status !== 'connected') throw new Error('not connected');
  return { app, stop, tell: (event: EngineEvent) => tell(event), engine: connection.info };
}

test('events, and containers that are listed, are what is known of uses later', async () => {
  const { app, stop, tell, engine } = watched();
  const now = Math.floor(app.clock() / 1000);
  const [redis, postgres] = [acmeId('redis:8-alpine'), acmeId('postgres:17')];
  tell({ action: 'container', subject: 'redis:8-alpine', time: now - 60 });
  app.store.update((state) => ({
    ...state,
    containers: [
      {
        id: 'c1',
        name: 'db',
        imageId: postgres,
        image: 'postgres:17',
        state: 'running',
        running: true,
        status: 'Up',
        created: 1,
      },
    ],
  }));
  await stop();
  const { uses } = await openLastUsed({ folder, engine, now: now + 999 });
  expect(uses.of(redis)?.used).toBe(now - 60);
  expect(uses.of(postgres)?.used).toBe(now);
  expect(uses.of(acmeId('acme/ml-train:old'))?.used).toBe(0);
  expect(uses.since).toBe(now);
});

test('what was seen before a connection broke is written once there is one again', async () => {
  const { app, stop, tell, engine } = watched();
  const now = Math.floor(app.clock() / 1000);
  const redis = acmeId('redis:8-alpine');
  const { connection } = app.store.get();
  vi.useFakeTimers();
  try {
    tell({ action: 'container', subject: redis, time: now + 60 });
    app.store.update((state) => ({
      ...state,
      connection: { status: 'connecting' } as unknown as typeof connection,
    }));
    await vi.runAllTimersAsync();
    app.store.update((state) => ({ ...state, connection, images: [...state.images] }));
  } finally {
    vi.useRealTimers();
  }
  await stop();
  const { uses } = await openLastUsed({ folder, engine, now });
  expect(uses.of(redis)?.used).toBe(now + 60);
});

test('what one engine told is never noted of another', async () => {
  const { app, stop, tell, engine } = watched();
  const now = Math.floor(app.clock() / 1000);
  const redis = acmeId('redis:8-alpine');
  tell({ action: 'container', subject: redis, time: now + 60 });
  const other = { ...engine, address: 'unix:///other.sock' };
  app.store.update((state) => ({ ...state, connection: { status: 'connected', info: other } }));
  await stop();
  const { uses } = await openLastUsed({ folder, engine: other, now });
  expect(uses.of(redis)?.used).toBe(now);
});
