/** The deletion rules against the engines they describe: any request, its answer or its refusal. */
import { expect, it } from 'vitest';
import { asEngineError, type ErrorCode } from '../../src/engine/errors.ts';
import { isRefusal, type RemovalRequest, removalRules } from '../../src/engine/removal-rules.ts';
import { RemovalStore } from '../../src/engine/removal-store.ts';
import type { Stock } from '../../src/engine/stock.ts';
import { describeStock, gather, lines, onRandomEngine, short } from './random-ground.ts';

const REQUESTS = 40;

const CODES: Readonly<Record<string, ErrorCode>> = {
  'child-image': 'has-children',
  'running-container': 'in-use',
  'stopped-container': 'in-use',
  'several-names': 'several-names',
};

const ENGINES = [
  ['docker20', REQUESTS],
  ['docker26-classic', REQUESTS],
  // Slower by far, and less is promised there.
  ['docker26-containerd', Math.ceil(REQUESTS / 4)],
  ['podman43', Math.ceil(REQUESTS / 4)],
] as const;

for (const [name, requests] of ENGINES) {
  onRandomEngine('the rules of removal', name, (get) => {
    it(`foretell ${requests} answers and refusals`, { timeout: 60_000 + requests * 5000 }, async () => {
      const ground = get();
      const seen = new Set<string>();
      for (let number = 0; number < requests; number++) {
        await ground.world.stir(10 + ground.pick(8));
        const stock = await gather(ground);
        const store = new RemovalStore(stock);
        const request = someRequest(stock, store, ground.pick);
        const story = [JSON.stringify({ ...request, id: short(request.id) }), ...describeStock(stock)].join(
          '\n',
        );
        const outcome = removalRules(stock.kind).remove(store, request);
        const target = request.name ?? request.id;
        const { force, noPrune } = request;
        const answer = await ground.engine
          .remove(target, { force, noPrune })
          .then(lines, (thrown: unknown) => asEngineError(thrown).code);
        if (isRefusal(outcome)) {
          expect(answer, story).toBe(CODES[outcome.refused]);
          seen.add(outcome.refused);
          continue;
        }
        seen.add(outcome.deleted.length > 0 ? 'deleted' : 'untagged');
        // Podman's answer is an error where a container holds a parent, though the image is gone.
        if (stock.kind !== 'podman') expect(answer, story).toEqual(lines(outcome.entries));
        const gone = outcome.deleted.map((image) => image.id);
        const left = stock.images.map((image) => image.id).filter((id) => !gone.includes(id));
        const now = await ground.engine.list({ all: true });
        expect(now.map((image) => short(image.id)).sort(), story).toEqual(left.map(short).sort());
        for (const image of now) {
          expect([...store.names(image.id)].sort(), story).toEqual(
            [...new RemovalStore({ ...stock, images: now }).names(image.id)].sort(),
          );
        }
      }
      // A few requests may meet less than all there is.
      if (requests >= 40) {
        expect([...seen]).toEqual(expect.arrayContaining(['deleted', 'untagged']));
        expect(seen.size).toBeGreaterThan(2);
      }
    });
  });
}

function someRequest(stock: Stock, store: RemovalStore, pick: (below: number) => number): RemovalRequest {
  const images = [...stock.images].sort((a, b) => (a.id < b.id ? -1 : 1));
  const image = images[pick(images.length)]!;
  const names = store.names(image.id);
  const name = pick(2) === 0 ? names[pick(names.length)] : undefined;
  return {
    id: image.id,
    ...(name !== undefined && { name }),
    force: pick(4) === 0,
    noPrune: stock.kind === 'docker-containerd' || pick(5) === 0,
  };
}
