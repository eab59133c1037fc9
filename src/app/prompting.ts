/** Prompts: typing into their fields, going from field to field, taking a suggestion, and submitting. */
import { setTimeout as delay } from 'node:timers/promises';
import type { App } from './app.ts';
import { createFileLook, type Found } from './file-look.ts';
import type { Prompt, PromptField } from './overlay.ts';
import { edit, fieldOf, type TextField } from './text-field.ts';
import { closeOverlay } from './windows.ts';

/** What is asked: a title, the fields, and what becomes of the answers. */
export type Asking = Pick<Prompt, 'title' | 'fields' | 'note' | 'submit'> & {
  readonly verb?: string;
  readonly focus?: number;
};

/** Suggestions shown at once. */
const SHOWN = 5;

export function openPrompt(app: App, asking: Asking): void {
  const prompt: Prompt = { verb: 'ok', focus: 0, ...asking, suggestions: [], picked: undefined };
  app.store.update((state) => ({ ...state, overlay: { kind: 'prompt', prompt } }));
  suggest(app);
}

/** Looks up paths for a prompt's note, so many at a time: the prompt is drawn again when more is known of one. */
export function lookFor(app: App, paths?: number): (path: string) => Found {
  return createFileLook(
    () => app.store.stream((state) => (state.overlay?.kind === 'prompt' ? { ...state } : state)),
    paths,
  );
}

/** What is in the fields, in their order. */
export function answersOf(prompt: Pick<Prompt, 'fields'>): readonly string[] {
  return prompt.fields.map((field) => field.field.text);
}

function changePrompt(app: App, change: (prompt: Prompt) => Prompt): void {
  app.store.update((state) =>
    state.overlay?.kind === 'prompt'
      ? { ...state, overlay: { kind: 'prompt', prompt: change(state.overlay.prompt) } }
      : state,
  );
}

function promptOf(app: App): Prompt | undefined {
  const { overlay } = app.store.get();
  return overlay?.kind === 'prompt' ? overlay.prompt : undefined;
}

function withField(prompt: Prompt, change: (field: PromptField) => PromptField): Prompt {
  return {
    ...prompt,
    fields: prompt.fields.map((field, index) => (index === prompt.focus ? change(field) : field)),
  };
}

/** Changes the text of the field that has the focus. */
export function typePrompt(app: App, change: (field: TextField) => TextField | undefined): void {
  const prompt = promptOf(app);
  const current = prompt?.fields[prompt.focus];
  if (prompt === undefined || current === undefined || current.options !== undefined) return;
  const field = change(current.field);
  if (field === undefined || field === current.field) return;
  changePrompt(app, (now) => withField(now, (one) => ({ ...one, field })));
  if (field.text !== current.field.text) suggest(app);
}

/** Asks for suggestions to what is typed; those that come late are dropped when it is no longer there. */
function suggest(app: App): void {
  const prompt = promptOf(app);
  const field = prompt?.fields[prompt.focus];
  if (prompt === undefined || field === undefined) return;
  const { text } = field.field;
  const show = (suggestions: readonly string[]): void =>
    changePrompt(app, (now) => {
      const current = now.fields[now.focus];
      if (current?.label !== field.label || current.field.text !== text) return now;
      return {
        ...now,
        picked: undefined,
        suggestions: suggestions.filter((each) => each !== text).slice(0, SHOWN),
      };
    });
  if (field.more !== undefined) void addMore(app, field, text);
  const found = field.suggest?.(text) ?? [];
  if (Array.isArray(found)) {
    show(found);
    return;
  }
  // Until the new ones are here, of the old ones stay those that still fit.
  show(prompt.suggestions.filter((each) => each.includes(text)));
  // Suggestions are a help: where they cannot be had, there are none.
  void (found as Promise<readonly string[]>).then(show, () => show([]));
}

/** Typing has paused after so long, in milliseconds. */
const PAUSE = 250;

/** Adds what is found elsewhere below what was suggested, unless something else is typed by then. */
async function addMore(app: App, field: PromptField, text: string): Promise<void> {
  const stop = new AbortController();
  const isStill = (prompt: Prompt | undefined): boolean => {
    const now = prompt?.fields[prompt.focus];
    return now?.label === field.label && now.field.text === text;
  };
  const unsubscribe = app.store.subscribe(() => {
    if (!isStill(promptOf(app))) stop.abort();
  });
  try {
    await delay(PAUSE, undefined, { signal: stop.signal });
    const more = (await field.more?.(text, stop.signal)) ?? [];
    stop.signal.throwIfAborted();
    changePrompt(app, (prompt) => ({
      ...prompt,
      suggestions: [...new Set([...prompt.suggestions, ...more])]
        .filter((each) => each !== text)
        .slice(0, SHOWN),
    }));
  } catch {
    // Suggestions are a help: where they cannot be had, there are none.
  } finally {
    unsubscribe();
  }
}

/** Takes the suggestion that is picked, or the first that goes on with what is typed; without one goes to the next field. */
export function completePrompt(app: App): void {
  if (!takeSuggestion(app)) focusField(app, 1);
}

/** The suggestion that tab takes; undefined where it goes to the next field. */
export function nextSuggestion(prompt: Prompt): string | undefined {
  if (prompt.picked !== undefined) return prompt.suggestions[prompt.picked];
  const field = prompt.fields[prompt.focus];
  const typed = field?.field.text ?? '';
  if (typed === '' && field?.optional === true) return undefined;
  return prompt.suggestions.find((text) => text.startsWith(typed));
}

function takeSuggestion(app: App): boolean {
  const prompt = promptOf(app);
  const text = prompt && nextSuggestion(prompt);
  if (text === undefined) return false;
  changePrompt(app, (now) => withField(now, (field) => ({ ...field, field: fieldOf(text) })));
  suggest(app);
  return true;
}

export function focusField(app: App, step: 1 | -1): void {
  changePrompt(app, (prompt) => {
    const count = prompt.fields.length;
    return { ...prompt, focus: (prompt.focus + step + count) % count, suggestions: [], picked: undefined };
  });
  suggest(app);
}

/** Down and up: through the suggestions, or through the options of a field that is chosen and not typed. */
export function movePrompt(app: App, step: 1 | -1): void {
  changePrompt(app, (prompt) => {
    const field = prompt.fields[prompt.focus];
    if (field?.options !== undefined) return withField(prompt, (one) => nextOption(one, step));
    const count = prompt.suggestions.length;
    if (count === 0) return prompt;
    const from = prompt.picked ?? (step === 1 ? -1 : count);
    return { ...prompt, picked: (from + step + count) % count };
  });
}

function nextOption(field: PromptField, step: 1 | -1): PromptField {
  const { options = [] } = field;
  const at = options.indexOf(field.field.text);
  return { ...field, field: fieldOf(options[(at + step + options.length) % options.length]!) };
}

/** Right: at the end of the text it takes the suggestion. Left and right choose among options. */
export function turnPrompt(app: App, key: 'left' | 'right'): void {
  const prompt = promptOf(app);
  const field = prompt?.fields[prompt.focus];
  if (field === undefined) return;
  if (field.options !== undefined) movePrompt(app, key === 'right' ? 1 : -1);
  else if (key === 'left' || field.field.cursor < field.field.text.length)
    typePrompt(app, (text) => edit(text, key));
  else takeSuggestion(app);
}

/** Takes what was typed, unless it cannot be taken: then the prompt stays and says why. A picked suggestion is taken first. */
export function submitPrompt(app: App): void {
  const prompt = promptOf(app);
  if (prompt === undefined) return;
  if (prompt.picked !== undefined) {
    takeSuggestion(app);
    return;
  }
  const answers = answersOf(prompt);
  if (prompt.note(answers).tone !== 'ok') {
    // What is missing may be in another field: enter leads there.
    const empty = prompt.fields.findIndex((field, index) => index > prompt.focus && field.field.text === '');
    if (empty > 0) focusField(app, 1);
    return;
  }
  closeOverlay(app);
  prompt.submit(answers);
}
