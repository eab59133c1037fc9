/** Deleting begins here: what is marked becomes a plan, and the plan is shown. Nothing is carried out yet. */
import type { EngineKind } from '../engine/engine.ts';
import { asEngineError } from '../engine/errors.ts';
import type { Plan, Target } from '../engine/plan.ts';
import { planRemoval } from '../engine/planner.ts';
import type { Stock } from '../engine/stock.ts';
import type { App } from './app.ts';
import { plural } from './format.ts';
import { currentImage } from './movement.ts';
import type { PlanDialog } from './overlay.ts';
import { rowsOf } from './rows.ts';
import { PANES } from './state.ts';
import { EMPTY_FIELD } from './text-field.ts';
import { closeOverlay } from './windows.ts';

/** A dialog that has just appeared hears nothing until the keyboard was silent for so long, in milliseconds. */
const DEAF_MS = 150;
const UNASKED_DEAF_MS = 1_000;

/** Whether a key came too early to be an answer, or is held down; each such key makes the dialog wait anew. */
export function isDeaf(app: App, dialog: PlanDialog): boolean {
  const repeat = app.stroke.isRepeat();
  if (app.clock() >= dialog.deafUntil && !repeat) return false;
  if (repeat) app.say('plain', 'a key held down does not count: let go, then press it once more');
  changeDialog(app, dialog, (now) => ({ ...now, deafUntil: app.clock() + DEAF_MS }));
  return true;
}

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
    what === 'dangling' ? {} : { notice, marked: state.page === undefined && state.marks.size > 0 },
  );
}

export interface Asking {
  /** As docker's --force. */
  readonly force?: boolean;
  /** Said above the plan. */
  readonly notice?: string;
  /** The targets are the marked images. */
  readonly marked?: boolean;
  /** No key opened the dialog: a person who is typing must not answer it by chance. */
  readonly unasked?: boolean;
}

/** What a person would type to the same effect. */
const COMMANDS: Readonly<Record<EngineKind, string>> = {
  'docker-classic': 'docker image rm',
  'docker-containerd': 'docker image rm',
  podman: 'podman image rm',
  embedded: 'nacre rmi',
};

export function askRemovalOf(app: App, targets: readonly Target[], asking: Asking = {}): void {
  const { force = false, notice = '' } = asking;
  const deaf = asking.unasked === true ? UNASKED_DEAF_MS : DEAF_MS;
  const dialog: PlanDialog = {
    targets,
    force,
    marked: asking.marked === true,
    plan: undefined,
    command: '',
    needers: 0,
    progress: undefined,
    notice,
    typed: EMPTY_FIELD,
    focus: 'cancel',
    deafUntil: app.clock() + deaf,
    top: 0,
  };
  app.store.update((state) => ({ ...state, overlay: { kind: 'plan', dialog } }));
  app.session
    .freshStock((done, total) => changeDialog(app, dialog, (now) => ({ ...now, progress: { done, total } })))
    .then(
      (stock) => {
        const plan = planRemoval(stock, targets, { force });
        changeDialog(app, dialog, (now) => ({
          ...now,
          plan,
          command: COMMANDS[stock.kind],
          needers: needersOf(plan, stock),
          focus: plan.weight === 'reversible' ? 'go' : 'cancel',
          deafUntil: app.clock() + deaf,
        }));
      },
      (thrown: unknown) => {
        const { overlay, connection } = app.store.get();
        // Closed by the person: nobody waits for this plan any more.
        if (overlay?.kind !== 'plan' || overlay.dialog.targets !== targets) return;
        closeOverlay(app);
        const lost = asEngineError(thrown).code === 'cancelled' && connection.status === 'lost';
        if (lost) app.fail('no plan', connection.error);
        else if (asEngineError(thrown).code === 'cancelled')
          app.say('bad', 'no plan: the connection was closed · d tries again');
        else app.fail('no plan', thrown);
      },
    );
}

/** Images that still need what stays, build steps left out: nobody knows those by name. */
function needersOf(plan: Plan, stock: Stock): number {
  const steps = new Set(stock.images.flatMap((image) => (image.role === 'intermediate' ? [image.id] : [])));
  return new Set(plan.keeps.flatMap((keep) => keep.images.filter((id) => !steps.has(id)))).size;
}

/** Changes the dialog if it is still the one that was opened with these targets. */
export function changeDialog(app: App, opened: PlanDialog, change: (dialog: PlanDialog) => PlanDialog): void {
  app.store.update((state) =>
    state.overlay?.kind === 'plan' && state.overlay.dialog.targets === opened.targets
      ? { ...state, overlay: { kind: 'plan', dialog: change(state.overlay.dialog) } }
      : state,
  );
}
