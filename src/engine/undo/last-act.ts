/** Which act is taken back where nobody says which. */
import type { RecordedAct } from './change.ts';
import type { Facts } from './facts.ts';
import { wayBack } from './way-back.ts';

/** The newest act that can be taken back: none that wholly was, and none that only took another back. */
export function lastUndoable(acts: readonly RecordedAct[], facts: Facts): RecordedAct | undefined {
  return acts.find((act) => {
    if (act.undoes !== undefined || act.undone?.lacks.length === 0) return false;
    return wayBack(act, facts).steps.length > 0;
  });
}

/** The newest act that did not come back, where that is not the one to take back: perhaps it was meant. */
export function passedOver(
  acts: readonly RecordedAct[],
  facts: Facts,
  act: RecordedAct | undefined,
): RecordedAct | undefined {
  const newest = acts.find(
    (one) => one.undoes === undefined && one.undone === undefined && wayBack(one, facts).kind !== 'nothing',
  );
  return newest?.id === act?.id ? undefined : newest;
}
