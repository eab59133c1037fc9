/** Puts the embedded engine to the contract. */
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from '../../src/engine/connect.ts';
import { buildImageFixtures } from '../support/fixtures.ts';
import { OciMaker } from '../support/oci-maker.ts';
import { startRegistries } from '../support/registries.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { contractSuite } from './contract.ts';
import type { Subject } from './contract-subject.ts';
import { follow } from './contract-transfer.ts';

contractSuite('the embedded engine', start);

async function start(): Promise<Subject> {
  const scratch = scratchFolder();
  const folder = join(scratch, 'store');
  const maker = new OciMaker(folder);
  await maker.init();
  const registries = await startRegistries();
  const fixtures = await buildImageFixtures(maker);
  const open = () =>
    connect(
      { store: folder, chosenBy: 'the test says so', tried: [] },
      { insecureRegistries: registries.addresses },
    );
  const engine = await open();
  // Nothing but an engine knows how to push what is in a layout.
  const pushed = `${registries.open.address}/lab/app:1`;
  await engine.tag('app:1', pushed);
  await follow(engine.push(pushed));
  // What a killed daemon is to others, a disk that was taken away is to a store.
  const away = `${folder}-away`;
  return {
    kind: 'embedded',
    engine,
    fixtures: { ...fixtures, pushed },
    maker,
    registries,
    connect: open,
    server: { kill: () => rename(folder, away), restart: () => rename(away, folder) },
    end: async () => {
      await engine.close();
      await registries.stop();
      await removeScratch(scratch);
    },
  };
}
