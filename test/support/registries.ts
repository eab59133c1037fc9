/** The registries of a contract suite: one that lets everybody in, and what stands before it. */

import { startRegistry, type TestRegistry } from './registry.ts';
import { type RegistryFront, startFront } from './registry-front.ts';

export interface Registries {
  /** Lets everybody in. */
  readonly open: TestRegistry;
  /** The same, a few megabytes a second. */
  readonly slow: RegistryFront;
  readonly basic: RegistryFront;
  readonly token: RegistryFront;
  /** Of all of them: they speak plain HTTP. */
  readonly addresses: readonly string[];
  stop(): Promise<void>;
}

export async function startRegistries(): Promise<Registries> {
  const open = await startRegistry();
  const slow = await startFront(open.address, { bytesPerSecond: 3_000_000 });
  const basic = await startFront(open.address, { auth: 'basic' });
  const token = await startFront(open.address, { auth: 'token' });
  const all = [slow, basic, token, open];
  const stop = async () => {
    for (const one of all) await one.stop();
  };
  return { open, slow, basic, token, addresses: all.map(({ address }) => address), stop };
}
