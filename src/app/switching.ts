/** The engine switcher. */
import type { App } from './app.ts';
import { unfinished } from './jobs.ts';
import { type Motion, motionTarget } from './list.ts';
import { closeOverlay } from './windows.ts';

export function openEngines(app: App): void {
  app.store.update((state) => ({ ...state, overlay: { kind: 'engines', options: undefined, index: 0 } }));
  app.session.findEngines().then(
    (options) =>
      app.store.update((state) =>
        state.overlay?.kind === 'engines'
          ? { ...state, otherEngines: options, overlay: { ...state.overlay, options, index: 0 } }
          : { ...state, otherEngines: options },
      ),
    (thrown: unknown) => app.fail('looking for engines', thrown),
  );
}

export function moveEngine(app: App, motion: Motion): void {
  app.store.update((state) => {
    const { overlay } = state;
    if (overlay?.kind !== 'engines' || overlay.options === undefined) return state;
    const count = overlay.options.length;
    const index = Math.max(0, Math.min(count - 1, motionTarget(motion, overlay.index, count, 10)));
    return { ...state, overlay: { ...overlay, index } };
  });
}

export function useEngine(app: App): void {
  const { overlay } = app.store.get();
  if (overlay?.kind !== 'engines') return;
  const option = overlay.options?.[overlay.index];
  if (option === undefined) return;
  if (option.problem !== '') {
    app.say('bad', `${option.address}: ${option.problem}`);
    return;
  }
  closeOverlay(app);
  if (unfinished(app.store.get().jobs).length > 0) {
    app.say('bad', 'a job is still running on this engine: 4 shows it, c cancels it');
    return;
  }
  app.session.switchTo(option);
}
