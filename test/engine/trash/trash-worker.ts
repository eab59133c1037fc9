/**
 * Deletes images into a trash and brings them back, for ever, until it is killed; run as a process of its own.
 *   ADDRESS TRASH     ADDRESS is an engine's socket or a store's folder; says `ready`, then `- ID` and `+ ID`
 */
import { writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { connect } from '../../../src/engine/connect.ts';
import { executePlan } from '../../../src/engine/execute.ts';
import { planRemoval } from '../../../src/engine/planner.ts';
import { gatherStock } from '../../../src/engine/stock.ts';
import { openTrash } from '../../../src/engine/trash/trash.ts';

const [address = '', folder = ''] = process.argv.slice(2);

/** At once: what was said stays said, whatever happens to this process. */
const say = (text: string) => void writeSync(1, `${text}\n`);

const chosenBy = 'the test says so';
const engine = await connect(
  address.startsWith('unix://')
    ? { endpoint: { address }, chosenBy, tried: [] }
    : { store: address, chosenBy, tried: [] },
);
const trash = await openTrash({ folder, settings: { keep: 86_400, size: 1e9 } });
// Who is killed keeps nothing of what was compiled for the next.
flushCompileCache();
say('ready');

for (;;) {
  for (const item of await trash.list()) {
    for await (const _ of trash.restore(engine, item.key));
    say(`+ ${item.id}`);
  }
  const stock = await gatherStock(engine);
  const targets = stock.images.filter(({ references }) => references.length > 0).map(({ id }) => ({ id }));
  for await (const event of executePlan(engine, planRemoval(stock, targets, { force: true }), { trash })) {
    if (event.type === 'removing') say(`- ${event.call.id}`);
  }
}
