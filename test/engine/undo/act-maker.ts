/** Acts as the journal tells them, for tests of what is only reckoned. */
import type { RemovalEntry } from '../../../src/engine/engine.ts';
import type {
  Change,
  ChangedImage,
  ChangeEnd,
  ChangeState,
  RecordedAct,
  RecordedChange,
} from '../../../src/engine/undo/change.ts';
import { type Facts, factsFrom } from '../../../src/engine/undo/facts.ts';

export const ENGINE = { kind: 'docker-classic', address: 'unix:///e' } as const;

/** `sha256:` and the letter, 64 times. */
export const id = (letter: string): string => `sha256:${letter.repeat(64)}`;

export function image(
  letter: string,
  references: readonly string[] = [],
  digests: readonly string[] = [],
): ChangedImage {
  return {
    id: id(letter),
    references,
    digests,
    parentId: '',
    created: 1,
    size: 100,
    platform: 'linux/amd64',
    chainId: '',
  };
}

export const untagged = (reference: string): RemovalEntry => ({ action: 'untagged', reference });
export const deleted = (letter: string): RemovalEntry => ({ action: 'deleted', id: id(letter) });

type Made = Partial<Pick<Change, 'action' | 'subject' | 'images' | 'names' | 'container'>> & {
  readonly state?: ChangeState;
  readonly end?: Partial<ChangeEnd>;
};

export function act(...changes: readonly Made[]): RecordedAct {
  const recorded = changes.map(({ state = 'done', end, ...change }, index): RecordedChange => {
    const isOpen = state === 'running' || state === 'cut-off';
    return {
      state,
      change: {
        id: `change${index}`,
        act: { id: 'act' },
        time: index,
        engine: ENGINE,
        action: 'remove',
        subject: '',
        images: [],
        names: [],
        ...change,
      },
      end: isOpen ? undefined : { time: index, outcome: state, entries: [], given: [], ...end },
    };
  });
  return { id: 'act', time: 0, engine: ENGINE, changes: recorded, undoes: undefined, undone: undefined };
}

export function facts(images: readonly ChangedImage[], inTrash: readonly string[] = []): Facts {
  return factsFrom(ENGINE, images, inTrash);
}
