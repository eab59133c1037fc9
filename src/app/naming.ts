/** Giving names and taking names away. */

import { asEngineError } from '../engine/errors.ts';
import { parseReference } from '../engine/reference.ts';
import type { App } from './app.ts';
import { connectedEngine } from './connected.ts';
import { rowById } from './facts.ts';
import { currentImage } from './movement.ts';
import type { Note } from './overlay.ts';
import { openPrompt } from './prompting.ts';
import { askRemovalOf } from './removing.ts';
import type { AppState } from './state.ts';
import { fieldOf } from './text-field.ts';

/** Asks for a further name of the current image. */
export function askTag(app: App): void {
  const state = app.store.get();
  const id = currentImage(state);
  const row = id === undefined ? undefined : rowById(state, id);
  if (row === undefined) return;
  openPrompt(app, {
    title: `Tag ${row.name}`,
    fields: [{ label: 'new name', field: fieldOf(row.image.references[0] ?? '') }],
    note: ([text = '']) => tagNote(text, row.id, app.store.get()),
    submit: ([text = '']) => void tag(app, row.id, text),
  });
}

function tagNote(text: string, id: string, state: AppState): Note {
  if (text.trim() === '') return { tone: 'advice', text: 'for example  registry.example:5000/team/app:1.2' };
  try {
    const name = nameOf(text);
    const held = state.images.find((image) => image.references.includes(name))?.id;
    if (held === id)
      return { tone: 'advice', text: `it is called ${name} already: change it to a further name` };
    if (held !== undefined) return { tone: 'ok', text: `${name} moves here from another image` };
    return { tone: 'ok', text: `adds the name ${name}` };
  } catch (thrown) {
    const error = asEngineError(thrown);
    return { tone: 'wrong', text: `${error.message}. ${error.hint}` };
  }
}

/** The familiar name with its tag, `latest` where none was given. */
function nameOf(text: string): string {
  return parseReference(text.trim()).withDefaultTag().familiar();
}

async function tag(app: App, id: string, text: string): Promise<void> {
  try {
    const engine = connectedEngine(app);
    const name = nameOf(text);
    await engine.tag(id, name);
    app.say('good', `tagged ${name}${app.store.get().journaled ? ' · z takes it back' : ''}`);
    app.session.refresh();
  } catch (thrown) {
    app.fail('tag', thrown);
  }
}

/** Asks which of several names goes; an image with one name is deleted with it, so that is a plan too. */
export function askUntag(app: App): void {
  const state = app.store.get();
  const id = currentImage(state);
  const row = id === undefined ? undefined : rowById(state, id);
  if (row === undefined) return;
  const names = row.image.references;
  if (names.length === 0) {
    app.say('plain', 'it has no name to remove: d deletes the image');
    return;
  }
  if (names.length === 1) {
    app.say('plain', `${names[0]} is its only name: d deletes the image with it, t gives it another first`);
    return;
  }
  app.store.update((now) => ({
    ...now,
    overlay: {
      kind: 'choice',
      choice: {
        title: 'Remove which name?',
        rows: names,
        index: 0,
        verb: 'remove the name',
        submit: (index) => askRemovalOf(app, [{ id: row.id, references: [names[index]!] }]),
      },
    },
  }));
}
