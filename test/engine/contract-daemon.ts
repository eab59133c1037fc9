/** Puts the Docker Engine API backend to the contract, on one real engine. */
import { connect } from '../../src/engine/connect.ts';
import { engineGroup } from '../support/engine-group.ts';
import { type EngineName, startEngine } from '../support/engines.ts';
import { buildFixtures } from '../support/fixtures.ts';
import { startRegistry } from '../support/registry.ts';
import { contractSuite } from './contract.ts';
import type { Subject } from './contract-subject.ts';

export function daemonContract(name: EngineName): void {
  engineGroup('the contract', name, () => contractSuite('the Docker Engine API backend', () => start(name)));
}

async function start(name: EngineName): Promise<Subject> {
  const registry = await startRegistry();
  const server = await startEngine(name, { registries: [registry.address] });
  const fixtures = await buildFixtures(server, registry.address);
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
    connect: open,
    server,
    end: async () => {
      await engine.close();
      await server.stop();
      await registry.stop();
    },
  };
}
