/** From what the planner marks to the question: planned anew on what the engine holds now, and shown whole. */
import type { App } from './app.ts';
import { openPlan } from './plan-dialog.ts';
import { planAgain } from './planner-work.ts';
import type { Asked, Asking } from './shown-plan.ts';

/** Plans by the rules, marks and options of the planner as they are now, and asks. */
export function reviewCleanup(app: App, asking: Asking = {}): void {
  const { planner, marks } = app.store.get();
  const asked: Asked = {
    kind: 'clean-up',
    marked: false,
    // What was ticked when it was asked for counts; what is known of use and pins counts as it is by now.
    plan: (stock) => planAgain({ ...app.store.get(), planner, marks }, stock, Math.floor(app.clock() / 1000)),
    again: () => reviewCleanup,
  };
  openPlan(app, asked, asking);
}
