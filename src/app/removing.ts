/** Deleting begins here: what is marked becomes a plan, and the plan is shown. Nothing is carried out yet. */
import { cleanupOf } from '../engine/cleanup/cleanup-plan.ts';
import { planUnpinned } from '../engine/cleanup/guard.ts';
import type { Target } from '../engine/plan.ts';
import { planRemoval } from '../engine/planner.ts';
import type { App } from './app.ts';
import { plural } from './format.ts';
import { currentImage } from './movement.ts';
import { pinsOf } from './pins.ts';
import { openPlan } from './plan-dialog.ts';
import { rowsOf } from './rows.ts';
import type { Asked, Asking } from './shown-plan.ts';
import { PANES } from './state.ts';

/** The marked images, or else the one under the cursor; `dangling` takes all of those instead. */
export function askRemoval(app: App, what: 'chosen' | 'dangling' = 'chosen'): void {
  const state = app.store.get();
  let ids: readonly string[];
  if (what === 'dangling') ids = rowsOf({ ...state, filter: '' }).dangling.rows.map((row) => row.id);
  else if (state.page === undefined && state.marks.size > 0) ids = [...state.marks];
  else {
    const id = currentImage(state);
    ids = id === undefined ? [] : [id];
  }
  const rows = rowsOf(state);
  const hidden = ids.filter((id) => PANES.every((pane) => !rows[pane].indexOf.has(id))).length;
  const notice =
    hidden === 0
      ? ''
      : `${plural(hidden, 'of these images is', 'of these images are')} not in the list as it is filtered.`;
  if (ids.length === 0) {
    app.say(
      'plain',
      what === 'dangling' ? 'there are no dangling images' : 'there is nothing to delete here',
    );
    return;
  }
  askRemovalOf(
    app,
    ids.map((id) => ({ id })),
    what === 'dangling'
      ? { bulk: true }
      : { notice, marked: state.page === undefined && state.marks.size > 0 },
  );
}

export interface AskingRemoval extends Asking {
  /** As docker's --force. */
  readonly force?: boolean;
  /** The targets are the marked images. */
  readonly marked?: boolean;
  /** Nobody named them one by one: what is pinned stays. */
  readonly bulk?: boolean;
}

/** Shows what removing these would do, and asks. */
export function askRemovalOf(app: App, targets: readonly Target[], asking: AskingRemoval = {}): void {
  const { force = false, marked = false, bulk = false } = asking;
  const asked: Asked = {
    kind: 'removal',
    marked,
    plan(stock) {
      const { plan, spared } = bulk
        ? planUnpinned(stock, targets, pinsOf(app.store.get()), { force })
        : { plan: planRemoval(stock, targets, { force }), spared: [] };
      return cleanupOf(stock, [], [], { images: plan, spared });
    },
    ...(!force && {
      force: (again) =>
        askRemovalOf(again, targets, {
          force: true,
          marked,
          bulk,
          notice:
            'With force: stopped containers no longer stand in the way. They stay, without their image.',
        }),
    }),
    again(gone) {
      const rest = targets.filter((target) => !gone.has(target.id));
      return rest.length === 0 ? undefined : (again, how) => askRemovalOf(again, rest, { ...how, bulk });
    },
  };
  openPlan(app, asked, asking);
}
