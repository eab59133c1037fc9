/** Making an image of a container: asking how, and doing it as a job. */
import { applyChanges } from '../engine/archive/change.ts';
import { asEngineError } from '../engine/errors.ts';
import { parseNewName } from '../engine/reference.ts';
import type { App } from './app.ts';
import { changesOf, countsText } from './changes.ts';
import { suggestNames } from './completion.ts';
import { connectedEngine } from './connected.ts';
import { shortId } from './format.ts';
import type { JobRequest } from './job-request.ts';
import type { JobEnding, JobEvent } from './job-runner.ts';
import type { Note, PromptField } from './overlay.ts';
import { openPrompt } from './prompting.ts';
import { settleEnding } from './run-ending.ts';
import { EMPTY_FIELD, fieldOf } from './text-field.ts';
import { startRequest } from './transfers.ts';

type Commit = Extract<JobRequest, { kind: 'commit' }>;

export interface Committed {
  readonly id: string;
  readonly name: string;
  /** What it was made from, as it is shown. */
  readonly image: string;
  readonly running: boolean;
  readonly throwaway: boolean;
}

const PAUSE = 'yes, while it is read';
const REMOVE = 'remove the container';

export function askCommit(app: App, container: Committed): void {
  const { running, throwaway } = container;
  app.session.loadChanges(container.id);
  const fields: PromptField[] = [
    {
      label: 'name',
      field: EMPTY_FIELD,
      example: 'none: it becomes a dangling image',
      suggest: (text) => suggestNames(app.store.get(), text),
    },
    { label: 'author', field: EMPTY_FIELD, example: 'Ada Lovelace <ada@example.org>' },
    { label: 'message', field: EMPTY_FIELD, example: 'what was changed, for the history' },
    {
      label: 'changes',
      field: EMPTY_FIELD,
      example: 'CMD ["serve"]; ENV PORT=80; USER app',
      suggest: suggestInstructions,
    },
  ];
  if (running) fields.push({ label: 'pause', field: fieldOf(PAUSE), options: [PAUSE, 'no'] });
  if (throwaway) fields.push({ label: 'then', field: fieldOf(REMOVE), options: [REMOVE, 'keep it'] });
  openPrompt(app, {
    title: `Commit ${container.name}, made from ${container.image}`,
    verb: 'commit',
    fields,
    note: (answers) => commitNote(app, container, answers),
    submit: (answers) => {
      startRequest(app, requestOf(container, answers));
      if (app.store.get().runEnding?.container === container.id) {
        settleEnding(app);
        app.store.update((state) => ({ ...state, changesPage: undefined }));
      }
    },
  });
}

function requestOf(container: Committed, answers: readonly string[]): Commit {
  const { id, name, running, throwaway } = container;
  const [reference = '', author = '', message = '', changes = ''] = answers;
  return {
    kind: 'commit',
    container: id,
    name,
    reference: reference.trim() === '' ? '' : parseNewName(reference.trim()).familiar(),
    author: author.trim(),
    message: message.trim(),
    changes: splitChanges(changes),
    pause: running && answers[4] === PAUSE,
    remove: throwaway && answers.at(-1) === REMOVE,
  };
}

function commitNote(app: App, container: Committed, answers: readonly string[]): Note {
  try {
    const { reference, changes } = requestOf(container, answers);
    applyChanges(changes);
    const state = app.store.get();
    const counts = changesOf(state, container.id)?.list && changesOf(state, container.id)?.counts;
    const what = counts === undefined ? '' : `: ${countsText(counts)}`;
    const moved = state.images.some((image) => image.references.includes(reference));
    const called = reference === '' ? 'an image without a name' : reference;
    return {
      tone: 'ok',
      text: `makes ${called} of it${what}${moved ? ' · the name moves here from another image' : ''}`,
    };
  } catch (thrown) {
    const error = asEngineError(thrown);
    return { tone: 'wrong', text: `${error.message}. ${error.hint}` };
  }
}

const INSTRUCTIONS =
  'CMD ENTRYPOINT ENV EXPOSE HEALTHCHECK LABEL ONBUILD STOPSIGNAL USER VOLUME WORKDIR'.split(' ');
const BETWEEN = new RegExp(`;(?=\\s*(?:${INSTRUCTIONS.join('|')})\\s)`, 'i');

/** Instructions with `;` between them: one that is followed by anything else belongs to the instruction. */
export function splitChanges(text: string): string[] {
  return text
    .split(BETWEEN)
    .map((change) => change.trim().replace(/;$/, ''))
    .filter((change) => change !== '');
}

function suggestInstructions(text: string): readonly string[] {
  const [, before = '', word = ''] = /^(.*;\s*|\s*)([A-Za-z]*)$/.exec(text) ?? [];
  if (word === '') return [];
  return INSTRUCTIONS.filter((name) => name.startsWith(word.toUpperCase())).map(
    (name) => `${before}${name} `,
  );
}

/** Carries out a request. Errors: as the engine's `commit`. */
export async function* commit(
  app: App,
  request: Commit,
  signal: AbortSignal,
): AsyncGenerator<JobEvent, JobEnding, void> {
  const { container, name, reference, author, message, changes, pause, remove } = request;
  const { containers } = connectedEngine(app);
  if (containers === undefined) throw new Error('this engine has no containers');
  yield { type: 'line', topic: 'commit', text: `${name} (${shortId(container)})` };
  for (const change of changes) yield { type: 'line', topic: 'change', text: change };
  yield { type: 'steps', done: 0, total: remove ? 2 : 1, note: pause ? 'reading it, paused' : 'reading it' };
  const made = await containers.commit(container, {
    signal,
    changes,
    pause,
    ...(reference !== '' && { reference }),
    ...(author !== '' && { author }),
    ...(message !== '' && { message }),
  });
  yield { type: 'line', topic: 'image', text: made.id };
  const images = [{ id: made.id, reference: made.reference }];
  const note = made.reference === '' ? shortId(made.id) : 'done';
  if (!remove) return { status: 'done', note, images };
  yield { type: 'steps', done: 1, total: 2, note: 'removing the container' };
  try {
    await containers.remove(container, { signal });
    yield { type: 'line', topic: 'removed', text: name };
    return { status: 'done', note, images };
  } catch (thrown) {
    // The image is there, which is what was asked for: the container can be removed later.
    yield {
      type: 'line',
      topic: 'warning',
      text: `${name} was not removed: ${asEngineError(thrown).message}`,
    };
    return { status: 'done', note: `${note} · the container stays`, images };
  }
}
