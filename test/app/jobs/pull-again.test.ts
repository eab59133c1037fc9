import { Readable } from 'node:stream';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openEmbeddedEngine } from '../../../src/engine/embedded/embedded-engine.ts';
import { tinyRootfs } from '../../support/rootfs.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { acmeApp, acmeState } from '../acme-app.ts';

/** Nothing listens there: the pulls are asked for, and fail. */
const NAME = '127.0.0.1:1/lab/app';

test('each tag of what is marked is a job, for the platform its image has; what has no tag is left out', async () => {
  const folder = scratchFolder();
  onTestFinished(() => removeScratch(folder));
  const engine = await openEmbeddedEngine(folder, { chosenBy: 'the test says so' });
  onTestFinished(() => engine.close());
  for (const [reference, platform] of [
    [`${NAME}:near`, 'linux/amd64'],
    [`${NAME}:far`, 'linux/s390x'],
    ['', 'linux/amd64'],
  ] as const) {
    const source = Readable.from([await tinyRootfs(reference)]);
    for await (const _ of engine.import(source, { platform, ...(reference !== '' && { reference }) }));
  }
  const images = await engine.list({ all: true });
  const near = images.find((image) => image.references.includes(`${NAME}:near`))!;
  await engine.tag(near.id, `${NAME}:too`);
  const listed = await engine.list({ all: true });
  expect(listed).toHaveLength(3);
  const state = acmeState({ columns: 120, rows: 36 });
  const app = acmeApp(
    { ...state, images: listed, jobs: [], marks: new Set(listed.map((image) => image.id)) },
    {},
    engine,
  );
  app.press('U');
  expect(app.store.get().toast?.text).toBe(
    'pulling 3 names again · 1 image without a tag left out · 4 shows them',
  );
  await vi.waitFor(() => expect(app.store.get().jobs).toHaveLength(3));
  const asked = app.store.get().jobs.map(({ request }) => request);
  const here = engine.info.platform === 'linux/amd64' ? '' : 'linux/amd64';
  expect(asked).toEqual(
    expect.arrayContaining([
      { kind: 'pull', reference: `${NAME}:near`, platform: here },
      { kind: 'pull', reference: `${NAME}:too`, platform: here },
      { kind: 'pull', reference: `${NAME}:far`, platform: 'linux/s390x' },
    ]),
  );
  await Promise.all([...app.session.works.values()].map((work) => work.ended));
});
