/**
 * The contract suite: what every backend must do, on a real store.
 *
 * A backend is put to the test by `contractSuite(name, start)`, where `start` makes a store with
 * `buildFixtures`' images and a connection to it.
 */
import { afterAll, beforeAll, describe } from 'vitest';
import { buildingContract } from './contract-building.ts';
import { containersContract } from './contract-containers.ts';
import { eventsContract } from './contract-events.ts';
import { holdingContract } from './contract-holding.ts';
import { layersContract } from './contract-layers.ts';
import { listingContract } from './contract-listing.ts';
import { movingContract } from './contract-moving.ts';
import { namingContract } from './contract-naming.ts';
import { outageContract } from './contract-outage.ts';
import { pruningContract } from './contract-pruning.ts';
import { readingContract } from './contract-reading.ts';
import { removingContract } from './contract-removing.ts';
import type { Subject } from './contract-subject.ts';
import { usageContract } from './contract-usage.ts';

export function contractSuite(name: string, start: () => Promise<Subject>): void {
  describe(name, () => {
    let subject: Subject | undefined;
    const get = () => {
      if (subject === undefined) throw new Error('the engine did not start');
      return subject;
    };
    beforeAll(async () => {
      subject = await start();
    });
    afterAll(() => subject?.end());

    // The order matters: first what only reads the fixtures, then what adds to them, then what empties the store.
    usageContract(get);
    listingContract(get);
    readingContract(get);
    layersContract(get);
    namingContract(get);
    removingContract(get);
    holdingContract(get);
    eventsContract(get);
    movingContract(get);
    buildingContract(get);
    containersContract(get);
    pruningContract(get);
    outageContract(get);
  });
}
