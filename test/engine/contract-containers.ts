/** The contract: containers as somebody works with them: run, looked into, committed, removed. */
import { describe } from 'vitest';
import { containerRuns } from './container-runs.ts';
import { changesContract } from './contract-changes.ts';
import { runningContract } from './contract-running.ts';
import type { GetSubject } from './contract-subject.ts';
import { volumesContract } from './contract-volumes.ts';

export function containersContract(get: GetSubject): void {
  describe('containers', () => {
    const runs = containerRuns(get);
    runningContract(get, runs);
    changesContract(get, runs);
    volumesContract(get, runs);
  });
}
