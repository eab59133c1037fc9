/** Puts the Docker Engine API backend to the contract, on one real engine. */
import { connect } from '../../src/engine/connect.ts';
import { engineGroup } from '../support/engine-group.ts';
import { type EngineName, startEngine } from '../support/engines.ts';
import { buildFixtures } from '../support/fixtures.ts';
import { startRegistries } from '../support/registries.ts';
import { contractSuite } from './contract.ts';
import type { Subject } from './contract-subject.ts';

export function daemonContract(name: EngineName): void {
  engineGroup('the contract', name, () => contractSuite('the Docker Engine API backend', () => start(name)));
}

async function start(name: EngineName): Promise<Subject> {
  const registries = await startRegistries();
  const server = await startEngine(name, { registries: registries.addresses });
  const fixtures = await buildFixtures(server, registries.open.address);
  const open = () =>
    connect({
      endpoint: { address: server.host },
      chosenBy: 'the test says so',
      tried: [],
    });
  const engine = await open();
  return {
    kind: server.kind,
    engine,
    fixtures,
    maker: fixtures.maker,
    registries,
    connect: open,
    server,
    end: async () => {
      await engine.close();
      await server.stop();
      await registries.stop();
    },
  };
}
