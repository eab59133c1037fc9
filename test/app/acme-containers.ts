/** The containers of the drawn store, one of them thrown away, and an engine that tells how they differ from their images. */

import { expect, vi } from 'vitest';
import type { AppState } from '../../src/app/state.ts';
import type {
  CommitOptions,
  Container,
  ContainerChange,
  ContainerStreams,
  Containers,
  RunOptions,
  RunResult,
} from '../../src/engine/container.ts';
import { THROWAWAY } from '../../src/engine/container.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { StartError } from '../../src/engine/start-error.ts';
import { hex } from '../engine/stock-maker.ts';
import { type AcmeApp, acmeApp, acmeState, INFO } from './acme-app.ts';
import { acmeId, CONTAINERS, NOW } from './acme-store.ts';

/** Left by a run whose nacre was killed. */
export const LEFTOVER: Container = {
  id: hex('container leftover'),
  name: `${THROWAWAY}3f9c2a`,
  imageId: acmeId('nginx:1.29'),
  image: acmeId('nginx:1.29'),
  state: 'exited',
  running: false,
  status: 'Exited (137) 3 hours ago',
  created: NOW - 3 * 3_600,
};

export const ALL_CONTAINERS: readonly Container[] = [...CONTAINERS, LEFTOVER];

/** Id of a drawn container. */
export function containerId(name: string): string {
  return ALL_CONTAINERS.find((container) => container.name === name)!.id;
}

const change = (kind: ContainerChange['kind'], ...paths: readonly string[]): ContainerChange[] =>
  paths.map((path) => ({ kind, path }));

export const CHANGES: readonly ContainerChange[] = [
  ...change('modified', '/etc'),
  ...change('added', '/etc/motd'),
  ...change('modified', '/etc/passwd'),
  ...change('modified', '/srv'),
  ...change('deleted', '/srv/dist/old-bundle.js'),
  ...change('added', ...Array.from({ length: 40 }, (_, index) => `/srv/uploads/${index + 1}/日本語.png`)),
  ...change('modified', '/var', '/var/cache'),
  ...change('deleted', '/var/cache/apt/archives/partial'),
].sort((a, b) => (a.path < b.path ? -1 : 1));

export interface AcmeEngine extends Engine {
  readonly done: {
    readonly committed: (CommitOptions & { readonly container: string })[];
    readonly removed: string[];
    readonly runs: RunOptions[];
  };
}

export interface AcmeContainersOptions {
  readonly changes?: (container: string) => Promise<readonly ContainerChange[]>;
  readonly run?: (options: RunOptions, streams: ContainerStreams) => Promise<RunResult>;
  readonly commit?: Containers['commit'];
  readonly remove?: (container: string) => Promise<void>;
}

/** What runs in it ends at once, in a container of this id. */
export const RAN = hex('container ran');

export function acmeEngine(options: AcmeContainersOptions = {}): AcmeEngine {
  const done: AcmeEngine['done'] = { committed: [], removed: [], runs: [] };
  const containers: Containers = {
    list: () => Promise.resolve([...ALL_CONTAINERS]),
    changes: async (container) =>
      options.changes === undefined
        ? container === containerId('api-1') || container === RAN
          ? [...CHANGES]
          : []
        : [...(await options.changes(container))],
    async commit(container, how = {}) {
      done.committed.push({ container, ...how });
      if (options.commit !== undefined) return await options.commit(container, how);
      return { id: acmeId('redis:8-alpine'), reference: how.reference ?? '' };
    },
    async run(how, streams) {
      done.runs.push(how);
      if (options.run !== undefined) return await options.run(how, streams);
      return { container: RAN, exitCode: 3 };
    },
    async remove(container) {
      await options.remove?.(container);
      done.removed.push(container);
    },
  };
  return { info: INFO, absent: {}, containers, done } as unknown as AcmeEngine;
}

/** What an engine says of a program that is not in the image. */
export const NO_SHELL = new StartError(
  {
    message: 'cannot run /bin/sh in ghcr.io/acme/web-api:1.5.0: there is no such command',
    hint: 'Check its spelling, or give its whole path.',
    detail: 'exec: "/bin/sh": stat /bin/sh: no such file or directory',
  },
  127,
);

/** The app on these containers. */
export function appOn(
  engine: AcmeEngine | undefined = acmeEngine(),
  change: Partial<AppState> = {},
): AcmeApp {
  const state = acmeState(
    { columns: 120, rows: 36 },
    { marks: new Set(), containers: ALL_CONTAINERS, ...change },
  );
  return acmeApp(state, {}, engine);
}

/** As soon as it is asked what becomes of a container that has ended. */
export async function asked(app: AcmeApp): Promise<void> {
  await vi.waitFor(() => expect(app.store.get().overlay?.kind).toBe('ending'));
}

/** Runs a shell in the image under the cursor, until that question stands. */
export async function ran(engine: AcmeEngine): Promise<AcmeApp> {
  const app = appOn(engine);
  app.press('r', 'enter');
  await asked(app);
  await vi.waitFor(() => expect(app.store.get().changes?.list).toBeDefined());
  return app;
}
