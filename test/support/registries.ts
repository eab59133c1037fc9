/** The registries of a contract suite: one that lets everybody in, two that do not, and what stands before the first. */
import { type BreakingProxy, startBreakingProxy } from './breaking-proxy.ts';
import { startRegistry, type TestRegistry } from './registry.ts';
import { type RegistryFront, startFront } from './registry-front.ts';

export interface Registries {
  /** Lets everybody in. */
  readonly open: TestRegistry;
  /** The same, a few megabytes a second. */
  readonly slow: RegistryFront;
  /** The same, until it is told to break something. */
  readonly breaking: BreakingProxy;
  readonly basic: TestRegistry;
  readonly token: TestRegistry;
  /** Of all of them: they speak plain HTTP. */
  readonly addresses: readonly string[];
  stop(): Promise<void>;
}

export async function startRegistries(): Promise<Registries> {
  const open = await startRegistry();
  const slow = await startFront(open.address, { bytesPerSecond: 3_000_000 });
  const breaking = await startBreakingProxy(open.address);
  const basic = await startRegistry({ auth: 'basic' });
  const token = await startRegistry({ auth: 'token' });
  const all = [slow, breaking, basic, token, open];
  const stop = async () => {
    for (const one of all) await one.stop();
  };
  return { open, slow, breaking, basic, token, addresses: all.map(({ address }) => address), stop };
}
