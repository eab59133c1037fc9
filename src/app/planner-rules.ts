/** Asking for a rule: as it is typed it is read, and what it would do is told. */

import { AGES, type AgeBy } from '../engine/cleanup/rule.ts';
import { parseRule, RULES } from '../engine/cleanup/rule-text.ts';
import { asEngineError } from '../engine/errors.ts';
import type { App } from './app.ts';
import { size as sizeText } from './format.ts';
import { kept } from './kept.ts';
import type { Note } from './overlay.ts';
import { entryOf, type PlannerEntry, plannerRuleText, withEntry } from './planner.ts';
import { figureOf } from './planner-figures.ts';
import { figureCount } from './planner-words.ts';
import { openPrompt } from './prompting.ts';
import { sceneOf } from './scene.ts';
import type { AppState } from './state.ts';
import { fieldOf } from './text-field.ts';

const COUNTS: Readonly<Record<AgeBy, string>> = {
  created: 'the build date',
  pulled: 'the pull or the tag',
  used: 'the last use',
};
const BY = / by (pulled|used)/g;
/** More images than this would make keys wait for a figure. */
const QUICK = 3_000;

/** Changes a rule, or asks for one more. */
export function askRule(app: App, entry?: PlannerEntry): void {
  const text = entry?.text ?? '';
  openPrompt(app, {
    title: entry === undefined ? 'Add a rule' : 'Change the rule',
    verb: entry === undefined ? 'add' : 'change',
    fields: [
      {
        label: 'rule',
        field: fieldOf(text.replace(BY, '')),
        example: 'unused and older-than=30d',
        suggest: suggestRules,
      },
      {
        label: 'age from',
        field: fieldOf(COUNTS[agesOf(text)]),
        options: AGES.map((by) => COUNTS[by]),
      },
    ],
    note: (answers) => ruleNote(app.store.get(), answers),
    submit: (answers) => {
      const next = readEntry(answers);
      app.store.update((state) => ({
        ...state,
        planner: { ...withEntry(state.planner, next, entry?.text), focus: 'rules' },
      }));
    },
  });
}

function agesOf(text: string): AgeBy {
  const found = [...text.matchAll(BY)].map(([, by]) => by);
  return AGES.find((by) => found.includes(by)) ?? 'created';
}

/** Errors: `bad-input`. */
function readEntry([typed = '', counts = '']: readonly string[]): PlannerEntry {
  const text = typed.trim();
  const by = AGES.find((one) => COUNTS[one] === counts) ?? 'created';
  if (text.startsWith('free=')) return entryOf(text);
  const rule = parseRule(text, by);
  return { text: plannerRuleText(rule), rule };
}

function ruleNote(state: AppState, answers: readonly string[]): Note {
  const text = (answers[0] ?? '').trim();
  if (text === '')
    return { tone: 'advice', text: 'rules are joined by "and": unused and older-than=30d and name=acme/*' };
  const help = RULES.find(({ kind }) => kind === text.replace(/=$/, ''));
  try {
    const entry = readEntry(answers);
    return { tone: 'ok', text: outcome(state, entry) };
  } catch (thrown) {
    if (help !== undefined && /=$/.test(text)) return { tone: 'advice', text: `${help.form}: ${help.help}` };
    if (text === 'free' || text === 'free=')
      return { tone: 'advice', text: 'free=10GB: the images that would be missed least' };
    const error = asEngineError(thrown);
    return { tone: 'wrong', text: `${error.message}. ${error.hint}` };
  }
}

/** What it would do alone: `4 images, 8.00 GB`. */
function outcome(state: AppState, entry: PlannerEntry): string {
  const scene = sceneOf(state);
  if (scene === undefined || entry.rule === undefined) return 'a rule';
  if (entry.rule.kind === 'free') return 'marks the images that would be missed least, and tells why each';
  if (scene.stock.images.length > QUICK) return 'what it marks is told beside it';
  const figure = quickFigure(state.planner, scene, entry.text, () => figureOf(state, scene, entry.rule!));
  const count = figureCount(figure);
  const does =
    count === '' ? 'marks nothing now' : `marks ${count} now, which frees ${sizeText(figure.freed)}`;
  return [does, ...figure.notes].join(' · ');
}

const last = kept((_planner: unknown, _scene: unknown, _text: string) => ({
  figure: undefined as ReturnType<typeof figureOf> | undefined,
}));

/** The note is drawn with every frame: the same rule is not weighed twice. */
function quickFigure(
  planner: unknown,
  scene: unknown,
  text: string,
  make: () => ReturnType<typeof figureOf>,
): ReturnType<typeof figureOf> {
  const known = last(planner, scene, text);
  known.figure ??= make();
  return known.figure;
}

/** Goes on with the last rule that is typed. */
function suggestRules(text: string): readonly string[] {
  const cut = /^(.*\band\s+)?(\S*)$/.exec(text);
  if (cut === null) return [];
  const [, before = '', word = ''] = cut;
  const forms = RULES.map(({ form }) =>
    form
      .replace(/\[.*$/, '')
      .replace(/PATTERN|KEY.*$/, '')
      .trim(),
  );
  return [...forms, 'free=10GB'].filter((form) => form.startsWith(word)).map((form) => before + form);
}
