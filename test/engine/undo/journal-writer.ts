/** Writes to a journal of changes as a process of its own: FOLDER NAME COUNT FULL, or FOLDER NAME stay. */
import { setTimeout as sleep } from 'node:timers/promises';
import { newAct, newId } from '../../../src/engine/undo/change.ts';
import { openChangeJournal } from '../../../src/engine/undo/change-journal.ts';

const [folder = '', name = '', count = '', full = '1e9'] = process.argv.slice(2);
const journal = openChangeJournal({ folder, full: Number(full) });

async function begin(index: number): Promise<string> {
  const id = newId();
  await journal.begin({
    id,
    act: newAct(),
    time: Date.now(),
    engine: { kind: 'docker-classic', address: 'unix:///e' },
    action: 'remove',
    subject: `${name}:${index}`,
    // Long enough that a line is more than one page.
    images: [],
    names: Array.from({ length: 20 }, (_, at) => ({ name: `${name}/${'long'.repeat(10)}:${at}`, image: '' })),
  });
  return id;
}

if (count === 'stay') {
  await begin(0);
  process.stdout.write('begun\n');
  await sleep(60_000);
}
for (let index = 0; index < Number(count); index++) {
  const id = await begin(index);
  await journal.end(id, { time: Date.now(), outcome: 'done', entries: [], given: [] });
}
