/** Giving names, taking names away, and taking that back. */

import type { Engine } from '../engine/engine.ts';
import { asEngineError, EngineError } from '../engine/errors.ts';
import { parseReference } from '../engine/reference.ts';
import type { App } from './app.ts';
import { connectedEngine } from './connected.ts';
import { rowById } from './facts.ts';
import { plural } from './format.ts';
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
    const before = await holderOf(engine, name);
    await engine.tag(id, name);
    app.undo.push({
      what: `the name ${name}`,
      revert: async () => {
        const now = connectedEngine(app);
        if ((await holderOf(now, name)) !== id) throw movedOn(name);
        if (before === undefined) await untagOnly(now, id, name);
        else await now.tag(before, name);
      },
    });
    app.say('good', `tagged ${name} · z takes it back`);
    app.session.refresh();
  } catch (thrown) {
    app.fail('tag', thrown);
  }
}

/** Names only went, so they can be given back, unless another image was given one meanwhile. */
export function rememberUntags(
  app: App,
  removed: readonly { readonly id: string; readonly reference: string }[],
): void {
  if (removed.length === 0) return;
  app.undo.push({
    what:
      removed.length === 1
        ? `the removal of ${removed[0]!.reference}`
        : `the removal of ${plural(removed.length, 'name')}`,
    revert: async () => {
      const engine = connectedEngine(app);
      for (const { id, reference } of removed) {
        const holder = await holderOf(engine, reference);
        if (holder !== undefined && holder !== id) throw movedOn(reference);
        await engine.tag(id, reference);
      }
    },
  });
}

/** The image that carries a name now. */
async function holderOf(engine: Engine, name: string): Promise<string | undefined> {
  try {
    return (await engine.inspect(name)).id;
  } catch (thrown) {
    if (asEngineError(thrown).code === 'not-found') return undefined;
    throw thrown;
  }
}

function movedOn(name: string): EngineError {
  return new EngineError({
    code: 'engine',
    message: `${name} names another image now: nothing was changed`,
    hint: 'Press t on the image that should have the name.',
  });
}

/** Removes a name that is not the last one: undo must never delete an image. */
async function untagOnly(engine: Engine, id: string, name: string): Promise<void> {
  const image = await engine.inspect(name);
  if (image.id !== id || image.references.filter((other) => other !== name).length === 0) {
    throw new EngineError({
      code: 'engine',
      message: `${name} was not removed: it is the image's only name now, or another image's`,
      hint: 'Press d on the image to see what deleting it would do.',
    });
  }
  await engine.remove(name, { noPrune: true });
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

/** Takes the last tag or untag back. */
export function undoLast(app: App): void {
  const entry = app.undo.pop();
  if (entry === undefined) return;
  entry.revert().then(
    () => {
      app.say('good', `taken back: ${entry.what}`);
      app.session.refresh();
    },
    (thrown: unknown) => app.fail('undo', thrown),
  );
}
