/** Somebody pulls an image by its digest while it is being removed: the name that it got is no part of the plan. */
import { expect, test } from 'vitest';
import { connect } from '../../src/engine/connect.ts';
import { executePlan } from '../../src/engine/execute.ts';
import { planRemoval } from '../../src/engine/planner.ts';
import { gatherStock } from '../../src/engine/stock.ts';
import { engineGroup } from '../support/engine-group.ts';
import { type EngineName, startEngine } from '../support/engines.ts';
import { ImageMaker } from '../support/image-maker.ts';
import { startRegistry } from '../support/registry.ts';

for (const name of ['docker20', 'docker26-containerd', 'docker28-containerd'] satisfies EngineName[]) {
  engineGroup('an image that is pulled by its digest meanwhile', name, () => {
    test('stays, and keeps its tag', async () => {
      await using server = await startEngine(name);
      await using registry = await startRegistry();
      const engine = await connect({
        endpoint: { address: server.host },
        chosenBy: 'the test says so',
        tried: [],
      });
      try {
        const maker = new ImageMaker(server);
        const repository = `${registry.address}/lab/one`;
        const tag = `${repository}:1`;
        await maker.tiny('kept:1', { salt: 'one' });
        await maker.tag('kept:1', tag);
        await maker.push(tag);
        const { digests } = await engine.inspect(tag);
        const pushed = digests.find((digest) => digest.startsWith(`${repository}@`))!;
        // With its tag Docker forgets the digest, and the tag alone comes back.
        await maker.remove(tag);
        await maker.tag('kept:1', tag);

        const stock = await gatherStock(engine);
        const plan = planRemoval(stock, [{ id: (await engine.inspect(tag)).id, references: [tag] }]);
        expect(plan.calls.map(({ target }) => target)).toEqual([tag]);
        const run = executePlan(engine, plan);
        for (let step = await run.next(); ; step = await run.next()) {
          if (step.done) {
            expect(step.value).toMatchObject({ outcome: 'moved', entries: [] });
            expect(step.value.reasons).toEqual([`${pushed} is a new name of this image`]);
            break;
          }
          // Everything has been looked at before the call, and once more right at it.
          if (step.value.type === 'removing')
            await server.api.text('POST', '/images/create', {
              query: { fromImage: repository, tag: pushed.split('@')[1]! },
            });
        }
        expect((await engine.inspect(pushed)).references).toContain(tag);
      } finally {
        await engine.close();
      }
    });
  });
}
