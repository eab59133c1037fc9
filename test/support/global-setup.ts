/** Gets everything the tests need onto this machine, once, before any test starts. */
import {
  ENGINE_NAMES,
  type EngineName,
  isOptional,
  prepareEngine,
  rememberProblems,
  startEngine,
} from './engines.ts';
import { ensureRegistry } from './registry.ts';
import { staticBusybox } from './rootfs.ts';
import { keepCachesApart, removeScratch, sweepScratch } from './scratch.ts';

/** `NACRE_TEST_ENGINES=docker20,podman43` (or `none`) keeps to these engines. */
export default async function setup(): Promise<() => Promise<void>> {
  await sweepScratch();
  const caches = keepCachesApart();
  const wanted = process.env['NACRE_TEST_ENGINES']?.split(',');
  const problems: Partial<Record<EngineName, string>> = {};
  for (const name of ENGINE_NAMES) {
    if (wanted !== undefined && !wanted.includes(name)) {
      problems[name] = 'left out by NACRE_TEST_ENGINES';
      continue;
    }
    await needed(name).catch((thrown: Error) => {
      problems[name] = thrown.message;
    });
  }
  rememberProblems(problems);
  return async () => {
    await removeScratch(caches);
    await sweepScratch();
  };
}

/** An engine is of no use to the tests without something to make images of. */
async function needed(name: EngineName): Promise<void> {
  const notice = setTimeout(() => console.log(`getting what ${name} needs…`), 1500);
  try {
    await prepareEngine(name);
    await staticBusybox();
    await ensureRegistry();
    // What comes from a moving suite may be there and yet not run here.
    if (isOptional(name)) await (await startEngine(name)).stop();
  } finally {
    clearTimeout(notice);
  }
}
