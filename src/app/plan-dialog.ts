/** The dialog that shows a plan: opened, worked out in the background, and deaf to keys that come too early. */
import { asEngineError } from '../engine/errors.ts';
import type { Plan } from '../engine/plan.ts';
import type { Stock } from '../engine/stock.ts';
import type { TrashOutlook } from '../engine/trash/trash-estimate.ts';
import type { App } from './app.ts';
import type { PlanDialog } from './overlay.ts';
import { pinsOf } from './pins.ts';
import { type Asked, type Asking, shownPlan } from './shown-plan.ts';
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
  changeDialog(app, dialog.asked, (now) => ({ ...now, deafUntil: app.clock() + DEAF_MS }));
  return true;
}

/** Opens it, and plans on what the engine holds now. */
export function openPlan(app: App, asked: Asked, { notice = '', unasked = false }: Asking = {}): void {
  const deaf = unasked ? UNASKED_DEAF_MS : DEAF_MS;
  const dialog: PlanDialog = {
    asked,
    shown: undefined,
    progress: undefined,
    notice,
    typed: EMPTY_FIELD,
    focus: 'cancel',
    deafUntil: app.clock() + deaf,
    top: 0,
  };
  app.store.update((state) => ({ ...state, overlay: { kind: 'plan', dialog } }));
  const work = async (): Promise<void> => {
    const stock = await app.session.freshStock((done, total) =>
      changeDialog(app, asked, (now) => ({ ...now, progress: { done, total } })),
    );
    const plan = asked.plan(stock);
    const outlook = await outlookOf(app, stock, plan.images);
    const state = app.store.get();
    const shown = shownPlan(stock, plan, outlook, pinsOf(state), state.journaled);
    changeDialog(app, asked, (now) => ({
      ...now,
      shown,
      focus: shown.weight === 'reversible' ? 'go' : 'cancel',
      deafUntil: app.clock() + deaf,
    }));
  };
  work().catch((thrown: unknown) => {
    const { overlay, connection } = app.store.get();
    // Closed by the person: nobody waits for this plan any more.
    if (overlay?.kind !== 'plan' || overlay.dialog.asked !== asked) return;
    closeOverlay(app);
    const isCancelled = asEngineError(thrown).code === 'cancelled';
    if (isCancelled && connection.status === 'lost') app.fail('no plan', connection.error);
    else if (isCancelled)
      app.say(
        'bad',
        `no plan: the connection was closed · ${asked.kind === 'removal' ? 'd' : 'x'} tries again`,
      );
    else app.fail('no plan', thrown);
  });
}

/** What the trash would keep of what goes; undefined where there is none. */
export async function outlookOf(app: App, stock: Stock, plan: Plan): Promise<TrashOutlook | undefined> {
  const engine = app.session.engine();
  const trash = await app.trash?.();
  if (trash === undefined || engine === undefined) return undefined;
  const { trashOutlook } = await import('../engine/trash/trash-estimate.ts');
  return await trashOutlook(trash, engine.info, stock, plan);
}

/** Changes the dialog if it is still the one in which this was asked. */
export function changeDialog(app: App, asked: Asked, change: (dialog: PlanDialog) => PlanDialog): void {
  app.store.update((state) =>
    state.overlay?.kind === 'plan' && state.overlay.dialog.asked === asked
      ? { ...state, overlay: { kind: 'plan', dialog: change(state.overlay.dialog) } }
      : state,
  );
}
