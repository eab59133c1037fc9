/** Answers to a shown plan: go on, close, scroll, plan again with force. */
import type { App } from './app.ts';
import { carryOut } from './cleaning-up.ts';
import { type PlanDialog, WORD } from './overlay.ts';
import { changeDialog, isDeaf } from './plan-dialog.ts';
import { closeOverlay } from './windows.ts';

function openDialog(app: App): PlanDialog | undefined {
  const { overlay } = app.store.get();
  return overlay?.kind === 'plan' ? overlay.dialog : undefined;
}

/** `y` goes on where no word is asked for; `enter` gives the focused answer, or confirms the typed word. */
export function answerPlan(app: App, key: 'y' | 'enter'): void {
  const dialog = openDialog(app);
  if (dialog?.shown === undefined || isDeaf(app, dialog)) return;
  const { asked, shown } = dialog;
  if (shown.weight === 'nothing') {
    if (key === 'enter') closeOverlay(app);
    return;
  }
  if (shown.weight === 'irreversible') {
    // Here `y` is a letter of what is typed; only the whole word and then enter go on.
    if (key === 'y')
      changeDialog(app, dialog.asked, (now) => ({
        ...now,
        typed: { text: `${now.typed.text}y`, cursor: now.typed.text.length + 1 },
      }));
    else if (dialog.typed.text === WORD) carryOut(app, asked, shown);
    return;
  }
  if (key === 'enter' && dialog.focus === 'cancel') closeOverlay(app);
  else carryOut(app, asked, shown);
}

export function choosePlanAnswer(app: App): void {
  const dialog = openDialog(app);
  if (dialog !== undefined)
    changeDialog(app, dialog.asked, (now) => ({ ...now, focus: now.focus === 'go' ? 'cancel' : 'go' }));
}

export function scrollPlan(app: App, step: number): void {
  const dialog = openDialog(app);
  if (dialog === undefined) return;
  const top = Math.max(0, Math.min(app.drawn.lastTop, dialog.top + step));
  changeDialog(app, dialog.asked, (now) => ({ ...now, top }));
}

/** Plans again as docker's --force would act; what running containers hold still stays. */
export function forcePlan(app: App): void {
  const dialog = openDialog(app);
  if (dialog !== undefined && isForceable(dialog)) dialog.asked.force!(app);
}

/** Whether force would go past something that stands in the way. */
export function isForceable({ asked, shown }: PlanDialog): boolean {
  return (
    asked.force !== undefined && shown?.plan.images.blockers.some((blocker) => blocker.forceable) === true
  );
}
