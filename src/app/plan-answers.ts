/** Answers to a shown plan: go on, close, scroll, plan again with force. */
import type { App } from './app.ts';
import { carryOut } from './carrying-out.ts';
import { type PlanDialog, WORD } from './overlay.ts';
import { askRemovalOf, changeDialog, isDeaf } from './removing.ts';
import { closeOverlay } from './windows.ts';

function openDialog(app: App): PlanDialog | undefined {
  const { overlay } = app.store.get();
  return overlay?.kind === 'plan' ? overlay.dialog : undefined;
}

/** `y` goes on where no word is asked for; `enter` gives the focused answer, or confirms the typed word. */
export function answerPlan(app: App, key: 'y' | 'enter'): void {
  const dialog = openDialog(app);
  if (dialog?.plan === undefined || isDeaf(app, dialog)) return;
  const { plan } = dialog;
  if (plan.weight === 'nothing') {
    if (key === 'enter') closeOverlay(app);
    return;
  }
  if (plan.weight === 'irreversible') {
    // Here `y` is a letter of what is typed; only the whole word and then enter go on.
    if (key === 'y')
      changeDialog(app, dialog, (now) => ({
        ...now,
        typed: { text: `${now.typed.text}y`, cursor: now.typed.text.length + 1 },
      }));
    else if (dialog.typed.text === WORD) carryOut(app, plan);
    return;
  }
  if (key === 'enter' && dialog.focus === 'cancel') closeOverlay(app);
  else carryOut(app, plan);
}

export function choosePlanAnswer(app: App): void {
  const dialog = openDialog(app);
  if (dialog !== undefined)
    changeDialog(app, dialog, (now) => ({ ...now, focus: now.focus === 'go' ? 'cancel' : 'go' }));
}

export function scrollPlan(app: App, step: 1 | -1): void {
  const dialog = openDialog(app);
  if (dialog === undefined) return;
  const top = Math.max(0, Math.min(app.drawn.lastTop, dialog.top + step));
  changeDialog(app, dialog, (now) => ({ ...now, top }));
}

/** Plans again as docker's --force would act; what running containers hold still stays. */
export function forcePlan(app: App): void {
  const dialog = openDialog(app);
  if (dialog?.plan?.blockers.some((blocker) => blocker.forceable) === true && !dialog.force) {
    askRemovalOf(app, [...dialog.targets], {
      force: true,
      marked: dialog.marked,
      notice: 'With force: stopped containers no longer stand in the way. They stay, without their image.',
    });
  }
}
