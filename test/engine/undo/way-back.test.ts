/** How something can come back, as things are by then. */
import { describe, expect, it } from 'vitest';
import type { RecordedAct } from '../../../src/engine/undo/change.ts';
import { factsFrom } from '../../../src/engine/undo/facts.ts';
import { lastUndoable } from '../../../src/engine/undo/last-act.ts';
import { summarise } from '../../../src/engine/undo/summary.ts';
import { stepText, wayBack } from '../../../src/engine/undo/way-back.ts';
import { act, deleted, ENGINE, facts, id, image, untagged } from './act-maker.ts';

const SHORT = 'a'.repeat(12);
const DIGEST = `host:5000/app@sha256:${'d'.repeat(64)}`;

const untag = act({
  subject: 'app:2',
  images: [image('a', ['app:1', 'app:2'])],
  end: { entries: [untagged('app:2')] },
});
const tag = (before: string): RecordedAct =>
  act({
    action: 'tag',
    subject: 'app:1',
    images: [image('a', ['app:1']), ...(before === '' ? [] : [image(before, ['new:1'])])],
    names: [{ name: 'new:1', image: before === '' ? '' : id(before) }],
    end: { given: [{ name: 'new:1', image: id('a') }] },
  });
/** As executed: name by name, the image with the last one. */
const removal = (digests: readonly string[] = []): RecordedAct =>
  act(
    {
      subject: 'app:1',
      images: [image('a', ['app:1', 'app:2'], digests)],
      end: { entries: [untagged('app:1')] },
    },
    {
      subject: 'app:2',
      images: [image('a', ['app:2'], digests)],
      end: { entries: [untagged('app:2'), ...digests.map(untagged), deleted('a')] },
    },
  );
const steps = (what: RecordedAct, now: ReturnType<typeof facts>) => wayBack(what, now).steps.map(stepText);

describe('names', () => {
  it('a name that was taken is given again, as long as nobody else has it', () => {
    const way = wayBack(untag, facts([image('a', ['app:1'])]));
    expect(way).toMatchObject({ kind: 'retag', whole: true, lacks: [] });
    expect(way.steps.map(stepText)).toEqual([`give app:2 back to ${SHORT}`]);
    expect(wayBack(untag, facts([image('a', ['app:1', 'app:2'])]))).toMatchObject({
      kind: 'nothing',
      steps: [],
    });
    expect(wayBack(untag, facts([image('a', ['app:1']), image('b', ['app:2'])]))).toMatchObject({
      kind: 'none',
      steps: [],
      why: `app:2 is the name of ${'b'.repeat(12)} now`,
    });
  });

  it('a container that may be gone is not told as nothing', () => {
    const container = { id: 'c', name: 'web', image: 'app:1', imageId: id('a') };
    const cut = act({ action: 'remove-container', subject: 'web', container, state: 'cut-off' });
    expect(wayBack(cut, facts([]))).toMatchObject({
      kind: 'none',
      why: 'container web: if it is gone, its files are, too',
    });
  });

  it('a new name goes, but never the last one', () => {
    expect(steps(tag(''), facts([image('a', ['app:1', 'new:1'])]))).toEqual([`take new:1 from ${SHORT}`]);
    expect(wayBack(tag(''), facts([image('a', ['new:1'])]))).toMatchObject({
      kind: 'none',
      why: `new:1 is the only name of ${SHORT}: without it, it would be deleted`,
    });
    expect(wayBack(tag(''), facts([image('a', ['app:1'])]))).toMatchObject({ kind: 'nothing' });
    expect(wayBack(tag(''), facts([image('b', ['new:1', 'b:1'])]))).toMatchObject({ kind: 'none' });
  });

  it('of two new names of an image that has no other, one goes', () => {
    const two = act(
      {
        action: 'tag',
        images: [image('a')],
        names: [{ name: 'x:1', image: '' }],
        end: { given: [{ name: 'x:1', image: id('a') }] },
      },
      {
        action: 'tag',
        images: [image('a', ['x:1'])],
        names: [{ name: 'y:1', image: '' }],
        end: { given: [{ name: 'y:1', image: id('a') }] },
      },
    );
    const way = wayBack(two, facts([image('a', ['x:1', 'y:1'])]));
    expect(way).toMatchObject({ kind: 'retag', whole: false });
    expect(way.steps.map(stepText)).toEqual([`take x:1 from ${SHORT}`]);
    expect(way.lacks).toHaveLength(1);
  });

  it('a moved name goes back to the image it was taken from', () => {
    const way = wayBack(tag('b'), facts([image('a', ['app:1', 'new:1']), image('b')]));
    expect(way.steps.map(stepText)).toEqual([`give new:1 back from ${SHORT} to ${'b'.repeat(12)}`]);
    const third = facts([image('a', ['app:1']), image('b'), image('c', ['new:1'])]);
    expect(wayBack(tag('b'), third)).toMatchObject({ kind: 'none', steps: [] });
  });

  it('a digest that goes along with a name is told', () => {
    const digest = `new@sha256:${'e'.repeat(64)}`;
    const given = act({
      action: 'tag',
      images: [image('a', ['app:1'], [digest])],
      names: [{ name: 'new:1', image: '' }],
      end: { given: [{ name: 'new:1', image: id('a') }] },
    });
    const now = (names: string[]) => facts([image('a', ['app:1', ...names], [digest])]);
    expect(wayBack(given, now(['new:1']))).toMatchObject({
      whole: false,
      lacks: [`${digest}: a pull of it gives this digest back`],
    });
    expect(wayBack(given, now(['new:1', 'new:2']))).toMatchObject({ whole: true, lacks: [] });
  });

  it('what one act takes and gives in several calls counts as a whole', () => {
    const there = {
      action: 'tag',
      images: [image('a', ['app:1'])],
      names: [{ name: 'x:1', image: '' }],
      end: { given: [{ name: 'x:1', image: id('a') }] },
    } as const;
    const andBack = { images: [image('a', ['app:1', 'x:1'])], end: { entries: [untagged('x:1')] } };
    expect(wayBack(act(there, andBack), facts([image('a', ['app:1'])]))).toMatchObject({
      kind: 'nothing',
      why: 'it changed nothing',
    });
  });
});

describe('deleted images', () => {
  it('are told as gone where the engine only answered that their names went', () => {
    const bare = act({ images: [image('a', [], [DIGEST])], end: { entries: [untagged(DIGEST)] } });
    expect(wayBack(bare, facts([]))).toMatchObject({ kind: 'pull' });
    expect(wayBack(bare, facts([], [id('a')]))).toMatchObject({ kind: 'trash' });
    expect(wayBack(bare, facts([image('a')]))).toMatchObject({ kind: 'none' });
  });

  it('come from the trash, else by a pull of their digest, else not at all', () => {
    const gone = wayBack(removal(), facts([]));
    expect(gone).toMatchObject({ kind: 'none', steps: [], whole: false });
    expect(gone.why).toBe('app:1: it came from no registry, and the trash does not have it');

    const pulled = wayBack(removal([DIGEST]), facts([]));
    expect(pulled).toMatchObject({ kind: 'pull', whole: true, why: 'pulled from host:5000, if it is there' });
    expect(pulled.steps.map(stepText)).toEqual([`pull ${DIGEST} as app:1, app:2`]);

    const kept = wayBack(removal(), facts([], [id('a')]));
    expect(kept).toMatchObject({ kind: 'trash', whole: true });
    // Docker knows no digests of what is loaded.
    expect(wayBack(removal([DIGEST]), facts([], [id('a')]))).toMatchObject({ kind: 'trash', whole: false });
  });

  it('that are there again only get their names', () => {
    expect(steps(removal([DIGEST]), facts([image('a')]))).toEqual([
      `give app:1 back to ${SHORT}`,
      `give app:2 back to ${SHORT}`,
    ]);
  });

  it('come back without the names that are of somebody else by now', () => {
    const way = wayBack(removal([DIGEST]), facts([image('b', ['app:2'])]));
    expect(way).toMatchObject({
      kind: 'pull',
      whole: false,
      lacks: [`app:2 is the name of ${'b'.repeat(12)} now`],
    });
    expect(way.steps.map(stepText)).toEqual([`pull ${DIGEST} as app:1`]);
  });

  it('are not sought in the registry that Podman names what was made here after', () => {
    const here = `localhost/app@sha256:${'d'.repeat(64)}`;
    expect(wayBack(removal([here]), facts([]))).toMatchObject({
      kind: 'none',
      why: 'app:1: it was made here, no registry has it',
    });
  });
});

describe('what has no answer', () => {
  const open = (state: 'unknown' | 'cut-off'): RecordedAct =>
    act({ state, subject: id('a'), images: [image('a', ['app:1', 'app:2'], [DIGEST])] });

  it.each(['unknown', 'cut-off'] as const)('%s: the engine as it is now tells what was done', (state) => {
    const whole = image('a', ['app:1', 'app:2'], [DIGEST]);
    expect(wayBack(open(state), facts([whole]))).toMatchObject({
      kind: 'nothing',
      why: 'it changed nothing',
    });
    expect(steps(open(state), facts([{ ...whole, references: ['app:2'] }]))).toEqual([
      `give app:1 back to ${SHORT}`,
    ]);
    expect(wayBack(open(state), facts([]))).toMatchObject({
      kind: 'pull',
      steps: [{ image: { id: id('a') } }],
    });
    const titles = [undefined, facts([whole]), facts([])].map((now) => summarise(open(state), now).title);
    expect(titles).toEqual([
      'remove app:1: cut off, not known whether it was done',
      'remove app:1: cut off before it was done',
      'deleted app:1, cut off',
    ]);
  });

  it('a tag that was cut off was made if the name is there', () => {
    const cut = act({
      state: 'cut-off',
      action: 'tag',
      images: [image('a', ['app:1']), image('b', ['new:1'])],
      names: [{ name: 'new:1', image: id('b') }],
    });
    expect(wayBack(cut, facts([image('a', ['app:1']), image('b', ['new:1'])]))).toMatchObject({
      kind: 'nothing',
    });
    expect(steps(cut, facts([image('a', ['app:1', 'new:1']), image('b')]))).toEqual([
      `give new:1 back from ${SHORT} to ${'b'.repeat(12)}`,
    ]);
  });

  it('what still runs is left alone', () => {
    expect(wayBack(act({ state: 'running', images: [image('a', ['app:1'])] }), facts([]))).toMatchObject({
      kind: 'none',
      why: 'it is still going on',
    });
  });

  it('what failed has changed nothing but what its end tells', () => {
    const failed = act({
      state: 'failed',
      images: [image('a', ['app:1'])],
      end: { error: { code: 'in-use', message: 'in use' } },
    });
    expect(wayBack(failed, facts([]))).toMatchObject({ kind: 'nothing' });
    expect(summarise(failed)).toMatchObject({ failed: ['remove: in use'], images: 0 });
  });
});

it('containers and build cache do not come back', () => {
  const container = { id: 'c', name: 'web', image: 'app:1', imageId: id('a') };
  const way = wayBack(
    act({ action: 'remove-container', container }, { action: 'prune-build-cache', end: { records: 3 } }),
    facts([]),
  );
  expect(way).toMatchObject({
    kind: 'none',
    lacks: ['container web: its files are gone', 'build cache: the next build makes it again'],
  });
});

it('what was done to another engine cannot be taken back on this one', () => {
  const other = factsFrom({ ...ENGINE, address: 'unix:///other' }, [image('a', ['app:1'])]);
  expect(wayBack(untag, other)).toMatchObject({ kind: 'none', steps: [] });
});

it('the last that can be taken back is no undo, not taken back, and has a way', () => {
  const now = facts([image('a', ['app:1'])]);
  const undo = { ...untag, id: 'undo', undoes: 'x' };
  const undone = { ...untag, id: 'undone', undone: { by: 'undo', time: 1, lacks: [] } };
  expect(lastUndoable([undo, undone, removal(), untag], now)?.id).toBe('act');
  expect(lastUndoable([undo, undone], now)).toBeUndefined();
  // What did not come back the first time may the next.
  const part = { ...undone, undone: { ...undone.undone, lacks: ['app:2: the registry was away'] } };
  expect(lastUndoable([undo, part], now)).toBe(part);
});

it('is told in a few words', () => {
  const titles = [untag, tag(''), tag('b'), removal()].map((each) => summarise(each).title);
  expect(titles).toEqual([
    'untagged app:2',
    'tagged new:1',
    `tagged new:1, which was ${'b'.repeat(12)}`,
    'deleted app:1',
  ]);
  expect(summarise(removal())).toMatchObject({ images: 1, names: 2, bytes: 100 });
});
