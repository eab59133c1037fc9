/** What the trash would take of the plan that is shown, asked for once the plan stands. */
import type { Plan } from '../engine/plan.ts';
import type { TrashOutlook } from '../engine/trash/trash-estimate.ts';
import type { App } from './app.ts';
import { outlookOf } from './plan-dialog.ts';
import { freshWork } from './planned.ts';
import type { AppState } from './state.ts';

/** What was found out, and of which plan. */
export interface PlannedTrash {
  readonly plan: Plan;
  readonly outlook: TrashOutlook | undefined;
}

/** Undefined where the trash is off or keeps nothing, and until it is known. */
export function trashOf(state: AppState): TrashOutlook | undefined {
  const { plannedTrash } = state;
  return plannedTrash?.plan === freshWork(state)?.plan.images ? plannedTrash?.outlook : undefined;
}

/** Call the result to stop. */
export function followTrash(app: App): () => void {
  const { store } = app;
  let asked: Plan | undefined;
  return store.subscribe(() => {
    const state = store.get();
    const work = state.screen === 'disk' ? freshWork(state) : undefined;
    if (app.trash === undefined || work === undefined || work.plan.images === asked) return;
    const { images: plan } = work.plan;
    asked = plan;
    // Where it cannot be told, the dialog says why before anything is done.
    outlookOf(app, work.scene.stock, plan).then(
      (outlook) =>
        store.stream((now) => (asked === plan ? { ...now, plannedTrash: { plan, outlook } } : now)),
      () => {},
    );
  });
}
