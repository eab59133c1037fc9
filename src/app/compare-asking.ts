/** Which two images are compared: the two that are marked, or the current one and another that is asked for. */
import { asEngineError } from '../engine/errors.ts';
import { parseReference, repositoryOf } from '../engine/reference.ts';
import type { App } from './app.ts';
import type { Compared } from './compare-page.ts';
import { openCompare } from './compare-reading.ts';
import { expandHome, suggestNames, suggestPaths } from './completion.ts';
import { rowById } from './facts.ts';
import { currentImage } from './movement.ts';
import type { Note } from './overlay.ts';
import { markedImages } from './planned.ts';
import { openPrompt } from './prompting.ts';
import type { Row } from './rows.ts';
import type { AppState } from './state.ts';
import { createTagFinder } from './tag-completion.ts';
import { EMPTY_FIELD } from './text-field.ts';

const REGISTRY = 'registry:';
const IS_PATH = /^(?:~?\/|\.\.?\/)/;
const MOST = 20;

/** Exactly two marked images, the older one first. */
function markedTwo(state: AppState): readonly [Row, Row] | undefined {
  const marked = markedImages(state);
  if (marked.size !== 2 || state.page !== undefined) return undefined;
  const [one, other] = [...marked].map((id) => rowById(state, id));
  if (one === undefined || other === undefined) return undefined;
  return one.image.created <= other.image.created ? [one, other] : [other, one];
}

export function notComparable(app: App): string | undefined {
  const state = app.store.get();
  if (app.session.engine() === undefined) return 'waits until the engine is back';
  if (markedTwo(state) !== undefined || currentImage(state) !== undefined) return undefined;
  return 'there is no image under the cursor';
}

export function compareLabel(app: App): string {
  return markedTwo(app.store.get()) === undefined ? 'compare with' : 'compare the two';
}

export function askCompare(app: App): void {
  const state = app.store.get();
  const two = markedTwo(state);
  if (two !== undefined) {
    openCompare(app, sideOf(two[0]), sideOf(two[1]));
    return;
  }
  const id = currentImage(state);
  const row = id === undefined ? undefined : rowById(state, id);
  if (row === undefined) return;
  const more = createTagFinder(app.insecureRegistries);
  openPrompt(app, {
    title: `Compare ${row.name} with`,
    verb: 'compare',
    fields: [
      {
        label: 'image',
        field: EMPTY_FIELD,
        example: `a name, ${REGISTRY}NAME, or ./image.tar`,
        suggest: (text) => suggestOthers(app.store.get(), row, text),
        more: async (text, signal) =>
          text.startsWith(REGISTRY)
            ? (await more(text.slice(REGISTRY.length), signal)).map((name) => REGISTRY + name)
            : [],
      },
    ],
    note: ([text = '']) => otherNote(app.store.get(), row, text),
    submit: ([text = '']) => openCompare(app, sideOf(row), otherSide(app.store.get(), text)),
  });
}

function sideOf({ id, name }: Row): Compared {
  return { id, name };
}

function otherSide(state: AppState, text: string): Compared {
  const name = expandHome(text.trim());
  return { name, id: idOf(state, name) };
}

/** Of a name in the list. */
function idOf({ images }: AppState, name: string): string | undefined {
  const names = [name, withTag(name)];
  return images.find(({ references }) => references.some((each) => names.includes(each)))?.id;
}

function withTag(name: string): string {
  try {
    return parseReference(name).withDefaultTag().familiar();
  } catch {
    return name;
  }
}

/** With nothing typed: the other tags of its repository, and what its registry has under its own name. */
function suggestOthers(
  state: AppState,
  row: Row,
  text: string,
): readonly string[] | Promise<readonly string[]> {
  const typed = text.trim();
  if (IS_PATH.test(typed)) return suggestPaths(typed, true);
  const own = row.image.references;
  if (REGISTRY.startsWith(typed) || typed.startsWith(REGISTRY)) {
    const remote = own.map((name) => REGISTRY + name).filter((name) => name.startsWith(typed));
    if (typed !== '') return remote;
    const repositories = new Set(own.map(repositoryOf));
    const others = state.images
      .filter(({ id }) => id !== row.id)
      .flatMap(({ references }) => references.filter((name) => repositories.has(repositoryOf(name))));
    return [...others.sort(), ...remote].slice(0, MOST);
  }
  return suggestNames(state, typed).filter((name) => !own.includes(name));
}

function otherNote(state: AppState, row: Row, text: string): Note {
  const name = text.trim();
  if (name === '')
    return { tone: 'advice', text: 'the image that it is compared with: what that has was added' };
  if (IS_PATH.test(name) || name.includes('#'))
    return { tone: 'ok', text: 'compares it with an archive on disk' };
  const isRemote = name.startsWith(REGISTRY);
  try {
    const full = parseReference(isRemote ? name.slice(REGISTRY.length) : name).full();
    if (isRemote) return { tone: 'ok', text: `compares it with what the registry has as ${full}` };
  } catch (thrown) {
    const error = asEngineError(thrown);
    return { tone: 'wrong', text: `${error.message}. ${error.hint}` };
  }
  const id = idOf(state, name);
  if (id === row.id) return { tone: 'ok', text: 'this is the same image: nothing will differ' };
  if (id !== undefined) return { tone: 'ok', text: `compares ${row.name} with ${name}` };
  return {
    tone: 'advice',
    text: `no image here is called ${name}: ${REGISTRY}${name} is the one in its registry`,
  };
}
