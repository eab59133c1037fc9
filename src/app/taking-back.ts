/** Taking changes back, last first or the one that a person points at: what would be done, asked for where it is more than names. */
import { asEngineError } from '../engine/errors.ts';
import type { RecordedAct } from '../engine/undo/change.ts';
import { lastUndoable, passedOver } from '../engine/undo/last-act.ts';
import { type Restored, restore } from '../engine/undo/restoring.ts';
import { stepText, type Way, wayBack } from '../engine/undo/way-back.ts';
import { currentAct, factsNow, isHere, loadActs, NOT_JOURNALED } from './act-list.ts';
import { summaryOf } from './act-words.ts';
import type { App } from './app.ts';
import { connectedEngine } from './connected.ts';
import { plural } from './format.ts';
import { type JobEnding, type JobEvent, startJob } from './job-runner.ts';
import type { RestoreQuestion } from './overlay.ts';
import { closeOverlay } from './windows.ts';

/** A question that has just appeared hears nothing for so long, in milliseconds: a held `z` must not answer it. */
const DEAF_MS = 150;

/** In the journal the act under the cursor, elsewhere the last one that can be taken back. */
export function takeBack(app: App): void {
  // Held down, it would go through everything that was ever done.
  if (app.stroke.isRepeat()) return;
  const state = app.store.get();
  if (state.actList === undefined) {
    inTurn(app, undefined);
    return;
  }
  const act = currentAct(state);
  if (act === undefined) app.say('plain', 'nothing is listed here');
  else if (!isHere(state, act))
    app.say('plain', `that was done on ${act.engine.address}: E switches engines`);
  else if (act.undone?.lacks.length === 0) app.say('plain', 'it was taken back already');
  else inTurn(app, act.id);
}

const working = new WeakMap<App, Promise<void>>();

/** What is asked for while another is looked for comes after it: twice `z` takes back two changes. */
function inTurn(app: App, id: string | undefined): void {
  const last = working.get(app) ?? Promise.resolve();
  working.set(
    app,
    last.then(() => find(app, id)),
  );
}

async function find(app: App, id: string | undefined): Promise<void> {
  // A question of the one before, or something else that a person has begun since.
  if (app.store.get().overlay !== undefined) return;
  try {
    const { info } = connectedEngine(app);
    const [acts, facts] = await Promise.all([app.changeJournal.list({ engine: info }), factsNow(app)]);
    const act = id === undefined ? lastUndoable(acts, facts) : acts.find((one) => one.id === id);
    const passed = id === undefined ? passedOver(acts, facts, act) : undefined;
    const why = passed === undefined ? '' : wontCome(passed, wayBack(passed, facts));
    // What a person has begun meanwhile is not put away for it.
    if (app.store.get().overlay !== undefined) return;
    if (act === undefined) {
      const { journaled } = app.store.get();
      app.say(
        'plain',
        `${why || (journaled ? 'nothing to take back here' : NOT_JOURNALED)} · J lists all changes`,
      );
      return;
    }
    const way = wayBack(act, facts);
    if (way.kind === 'none' || way.kind === 'nothing') {
      app.say(way.kind === 'none' ? 'bad' : 'plain', wontCome(act, way));
      return;
    }
    if (passed === undefined && isOnlyNames(act, way)) await atOnce(app, act, way);
    else ask(app, act, way, why === '' ? '' : `${why}. This was before that:`);
  } catch (thrown) {
    app.fail('undo', thrown);
  }
}

function wontCome(act: RecordedAct, way: Way): string {
  const { title } = summaryOf(act);
  if (way.kind === 'nothing') return `${title}: ${way.why}`;
  // The reason begins with the image, which the title has just named.
  const named = /^(\S+): /.exec(way.why);
  const why = named !== null && title.endsWith(` ${named[1]}`) ? way.why.slice(named[0].length) : way.why;
  return `${title} cannot come back: ${why}`;
}

/** Names that were given or taken, one by one: giving them back is done at once. */
function isOnlyNames({ changes }: RecordedAct, way: Way): boolean {
  return (
    way.kind === 'retag' &&
    way.whole &&
    changes.every(
      ({ change, end }) =>
        change.action === 'tag' ||
        (change.action === 'remove' &&
          end !== undefined &&
          end.entries.every(({ action }) => action === 'untagged')),
    )
  );
}

async function atOnce(app: App, act: RecordedAct, way: Way): Promise<void> {
  const steps = restoration(app, act, way);
  let step = await steps.next();
  while (step.done !== true) step = await steps.next();
  tell(app, act, step.value);
  void app.session.refresh();
  void loadActs(app);
}

function restoration(
  app: App,
  act: RecordedAct,
  way: Way,
  signal?: AbortSignal,
): AsyncGenerator<JobEvent, Restored, void> {
  return run();
  async function* run(): AsyncGenerator<JobEvent, Restored, void> {
    const trash = await app.trash?.();
    return yield* restore({
      engine: connectedEngine(app),
      journal: app.changeJournal,
      act,
      way,
      ...(trash !== undefined && { trash }),
      ...(signal !== undefined && { signal }),
    });
  }
}

function tell(app: App, act: RecordedAct, { lacks }: Restored): void {
  const lack =
    lacks.length === 0
      ? ''
      : ` · without ${lacks[0]}${lacks.length > 1 ? ` and ${lacks.length - 1} more` : ''}`;
  app.say(lacks.length === 0 ? 'good' : 'plain', `taken back: ${summaryOf(act).title}${lack}`);
}

function ask(app: App, act: RecordedAct, way: Way, notice: string): void {
  const question: RestoreQuestion = {
    act,
    way,
    notice,
    steps: way.steps.map(stepText),
    focus: 'go',
    deafUntil: app.clock() + DEAF_MS,
  };
  app.store.update((state) => ({ ...state, overlay: { kind: 'restore', question } }));
}

/** `sure`: the answer was yes, whatever has the focus. */
export function answerRestore(app: App, sure = false): void {
  const { overlay } = app.store.get();
  if (overlay?.kind !== 'restore') return;
  const { question } = overlay;
  if (app.clock() < question.deafUntil || app.stroke.isRepeat()) return;
  closeOverlay(app);
  if (sure || question.focus === 'go') start(app, question);
}

export function chooseRestore(app: App): void {
  app.store.update((state) =>
    state.overlay?.kind === 'restore'
      ? {
          ...state,
          overlay: {
            kind: 'restore',
            question: {
              ...state.overlay.question,
              focus: state.overlay.question.focus === 'go' ? 'cancel' : 'go',
            },
          },
        }
      : state,
  );
}

function start(app: App, { act, way }: RestoreQuestion): void {
  const { title } = summaryOf(act);
  let restored: Restored | undefined;
  startJob(app, {
    kind: 'restore',
    verb: 'undo',
    subject: title,
    queued: way.kind !== 'retag',
    run: async function* (signal): AsyncGenerator<JobEvent, JobEnding, void> {
      restored = yield* restoration(app, act, way, signal);
      const { done, lacks } = restored;
      for (const text of done) yield { type: 'line', topic: 'done', text };
      for (const text of lacks) yield { type: 'line', topic: 'warning', text: `did not come back: ${text}` };
      const note = lacks.length === 0 ? 'all is back' : `back without ${plural(lacks.length, 'thing')}`;
      return { status: 'done', note };
    },
    onEnd: (_job, error) => {
      if (restored !== undefined) tell(app, act, restored);
      else if (error !== undefined && asEngineError(error).code !== 'cancelled') app.fail('undo', error);
      else app.say('plain', 'cancelled: what came back until then stays');
      void app.session.refresh();
      void loadActs(app);
    },
  });
}
