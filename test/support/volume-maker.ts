/** Makes volumes, and containers that use them, on an engine by bare HTTP. Its folders are of this machine. */
import { writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { TestEngine } from './engines.ts';

export interface RawVolume {
  readonly Name: string;
  readonly Mountpoint: string;
  readonly Labels: Readonly<Record<string, string>> | null;
}

export class VolumeMaker {
  readonly #engine: TestEngine;

  constructor(engine: TestEngine) {
    this.#engine = engine;
  }

  /** Without a name, one that nobody names; with `options`, one of something that lies elsewhere. Returns the name. */
  async volume(facts: {
    readonly name?: string;
    readonly bytes?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly options?: Readonly<Record<string, string>>;
  }): Promise<string> {
    const { name, bytes = 0, labels = {}, options = {} } = facts;
    const body = { ...(name !== undefined && { Name: name }), Labels: labels, DriverOpts: options };
    const made = (await this.#engine.api.json('POST', '/volumes/create', { body })) as RawVolume;
    if (bytes > 0) await writeFile(join(made.Mountpoint, 'file'), Buffer.alloc(bytes, 'x'));
    return made.Name;
  }

  /** A container that mounts these volumes, and one that nobody names if wished; it runs only when it is to. */
  async container(
    image: string,
    volumes: readonly string[],
    how: {
      readonly name?: string;
      readonly nameless?: boolean;
      readonly start?: boolean;
      /** It goes at its end, and what nobody named with it. */
      readonly throwaway?: boolean;
    } = {},
  ): Promise<string> {
    const { api, socket } = this.#engine;
    const body = {
      Image: image,
      Cmd: ['sh', '-c', 'trap exit TERM; while :; do sleep 0.1; done'],
      ...(how.nameless && { Volumes: { '/nameless': {} } }),
      HostConfig: {
        Binds: volumes.map((name, index) => `${name}:/volume-${index}`),
        NetworkMode: 'host',
        AutoRemove: how.throwaway ?? false,
        // The parent is what removeScratch clears away.
        CgroupParent: `/${basename(dirname(dirname(socket)))}`,
      },
    };
    const query = how.name === undefined ? {} : { name: how.name };
    const { Id } = (await api.json('POST', '/containers/create', { query, body })) as { Id: string };
    if (how.start) await api.text('POST', `/containers/${Id}/start`);
    return Id;
  }

  async volumes(): Promise<readonly RawVolume[]> {
    const answer = (await this.#engine.api.json('GET', '/volumes')) as { Volumes: RawVolume[] | null };
    return answer.Volumes ?? [];
  }

  /** Names of containers by the volume that they mount. */
  async users(): Promise<ReadonlyMap<string, readonly string[]>> {
    const rows = (await this.#engine.api.json('GET', '/containers/json', { query: { all: 'true' } })) as {
      Id: string;
      Mounts: { Name?: string }[];
    }[];
    const users = new Map<string, string[]>();
    for (const { Id, Mounts } of rows)
      for (const { Name = '' } of Mounts) users.set(Name, [...(users.get(Name) ?? []), Id]);
    return users;
  }

  /** Bytes in each, as the engine counts them. */
  async sizes(): Promise<ReadonlyMap<string, number>> {
    const df = (await this.#engine.api.json('GET', '/system/df')) as {
      Volumes: { Name: string; UsageData: { Size: number } }[] | null;
    };
    return new Map((df.Volumes ?? []).map(({ Name, UsageData }) => [Name, UsageData.Size]));
  }

  async clear(): Promise<void> {
    const { api } = this.#engine;
    const rows = (await api.json('GET', '/containers/json', { query: { all: 'true' } })) as { Id: string }[];
    for (const { Id } of rows) await api.text('DELETE', `/containers/${Id}`, { query: { force: 'true' } });
    for (const { Name } of await this.volumes()) await api.text('DELETE', `/volumes/${Name}`);
  }
}
