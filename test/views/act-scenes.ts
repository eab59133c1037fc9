/** The journal of changes and pins, drawn. */
import { knownPins } from '../../src/app/pin-book.ts';
import type { AppState } from '../../src/app/state.ts';
import { EngineError } from '../../src/engine/errors.ts';
import { stepText, wayBack } from '../../src/engine/undo/way-back.ts';
import { ACT_FACTS, ACTS, actList } from '../app/acme-acts.ts';
import { acmeId } from '../app/acme-store.ts';

const UNREADABLE = new EngineError({
  code: 'permission',
  message: 'the journal of changes in /home/me/.local/state/nacre/changes cannot be read: permission denied',
  hint: 'Let your user read that folder.',
});

const PINS = knownPins(
  { names: ['acme/*'], labels: [] },
  { names: ['nginx:1.29', 'ghcr.io/acme/web-api:1.5.0'], labels: [] },
);

const on = (id: string): Partial<AppState> => ({
  marks: new Set(),
  actList: actList({ place: { cursor: id, top: 0 } }),
});

function asking(id: string, notice = ''): Partial<AppState> {
  const act = ACTS.find((one) => one.id === id)!;
  const way = wayBack(act, ACT_FACTS);
  return {
    marks: new Set(),
    overlay: {
      kind: 'restore',
      question: { act, way, notice, steps: way.steps.map(stepText), focus: 'go', deafUntil: 0 },
    },
  };
}

/** By name: what is otherwise than in the drawn store, and keys that are pressed then. */
export const ACT_SCENES: Readonly<Record<string, readonly [Partial<AppState>, readonly string[]]>> = {
  acts: [{ marks: new Set(), actList: actList() }, []],
  'acts-filtered': [{ marks: new Set(), actList: actList() }, ['/', ...'web-api beta']],
  'acts-none': [{ marks: new Set(), actList: actList({ acts: [] }) }, []],
  'acts-not-kept': [{ marks: new Set(), journaled: false, actList: actList({ acts: [] }) }, []],
  'acts-unreadable': [{ marks: new Set(), actList: actList({ acts: undefined, error: UNREADABLE }) }, []],
  'act-pullable': [on('1f00aa0003'), ['enter']],
  'act-refused': [on('1f00aa0005'), ['enter']],
  'restore-pull': [asking('1f00aa0003'), []],
  'restore-names': [asking('1f00aa0002'), []],
  'restore-trash': [
    asking('1f00aa0004', 'pruned 14 records of build cache cannot come back. This was before that:'),
    ['tab'],
  ],
  'images-pinned': [{ pins: PINS }, []],
  'layers-pinned': [{ pins: PINS, screen: 'layers' }, []],
  'pin-choice': [{ marks: new Set(), pins: PINS }, ['K']],
  'plan-pinned': [{ marks: new Set([acmeId('nginx:1.29'), acmeId('acme/ml-train:old')]), pins: PINS }, ['d']],
};
