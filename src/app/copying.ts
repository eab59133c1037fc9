/** References on the clipboard of the person's own terminal. */
import type { App } from './app.ts';
import { rowById } from './facts.ts';
import { currentImage } from './movement.ts';

export function copyReference(app: App): void {
  const state = app.store.get();
  const id = currentImage(state);
  const row = id === undefined ? undefined : rowById(state, id);
  if (row === undefined) return;
  const text = row.image.references[0] ?? row.id;
  if (app.terminal.copy(text)) app.say('good', `copied ${text}`);
  else app.say('bad', 'the terminal does not take so long a text');
}
