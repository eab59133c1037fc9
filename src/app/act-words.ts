/** What was done, in words: a row of the journal, and everything it knows of one act. Pure. */
import type { RemovalEntry } from '../engine/engine.ts';
import type { ChangedImage, ChangedVolume, RecordedAct, RecordedChange } from '../engine/undo/change.ts';
import { type ActSummary, summarise } from '../engine/undo/summary.ts';
import { stepText, type Way } from '../engine/undo/way-back.ts';
import { ago, bytes, clock, plural, shortenHome, shortId } from './format.ts';
import type { Token } from './theme.ts';
import { wrap } from './width.ts';

const summaries = new WeakMap<RecordedAct, ActSummary>();

/** Remembered: a list is drawn often. */
export function summaryOf(act: RecordedAct): ActSummary {
  let summary = summaries.get(act);
  if (summary === undefined) {
    summary = summarise(act);
    summaries.set(act, summary);
  }
  return summary;
}

const texts = new WeakMap<RecordedAct, string>();

/** All that a filter looks at, in small letters. */
export function searchText(act: RecordedAct): string {
  let text = texts.get(act);
  if (text === undefined) {
    const images = act.changes.flatMap(({ change }) => change.images);
    text = [
      act.id,
      summaryOf(act).title,
      act.engine.address,
      act.engine.kind,
      momentText(act.time, 0),
      ...act.changes.map(
        ({ change }) =>
          `${change.action} ${change.subject} ${change.container?.name ?? ''} ${change.volume?.name ?? ''}`,
      ),
      ...images.flatMap((image) => [image.id, ...image.references, ...image.digests]),
    ]
      .join('\n')
      .toLowerCase();
    texts.set(act, text);
  }
  return text;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Local time in 12 cells: `14:02:11` today, else `21 Nov 14:02`, or `21 Nov 2025` of another year. `now` in milliseconds. */
export function momentText(time: number, now: number): string {
  const at = new Date(time);
  const today = new Date(now);
  const day = `${at.getDate()} ${MONTHS[at.getMonth()]}`;
  if (at.getFullYear() !== today.getFullYear()) return `${day} ${at.getFullYear()}`;
  if (at.toDateString() === today.toDateString()) return clock(time);
  return `${day} ${clock(time).slice(0, 5)}`;
}

/** One sign for how it ended. */
export function actSign(act: RecordedAct): readonly [Token, string] {
  if (act.undone !== undefined) return ['muted', '←'];
  const states = new Set(act.changes.map(({ state }) => state));
  if (states.has('running')) return ['accent', '↻'];
  if (states.has('failed')) return ['bad', '✗'];
  return states.has('unknown') || states.has('cut-off') ? ['warn', '!'] : ['good', '✓'];
}

/** What was done, and how much of it was not. */
export function titleOf(act: RecordedAct): string {
  const { title, failed } = summaryOf(act);
  const isTold = act.changes.length === failed.length;
  return failed.length === 0 || isTold ? title : `${title}, ${failed.length} refused`;
}

export interface Seen {
  /** Unix seconds. */
  readonly now: number;
  /** It was done to the engine that is connected. */
  readonly here: boolean;
  /** There is no room for when it was taken back. */
  readonly brief?: boolean;
}

const BACK: Readonly<Record<Way['kind'], string>> = {
  retag: 'at once',
  trash: 'from the trash',
  pull: 'by pulling',
  none: 'no',
  nothing: 'nothing to do',
};

/** Whether and how it comes back, in a few words. */
export function backText(
  act: RecordedAct,
  way: Way | undefined,
  { now, here, brief = false }: Seen,
): readonly [Token, string] {
  if (act.undone !== undefined) {
    const part = act.undone.lacks.length > 0 ? ' in part' : '';
    const when = brief ? '' : ` ${ago(Math.floor(act.undone.time / 1000), now)}`;
    return ['muted', `taken back${part}${when}`];
  }
  if (act.changes.some(({ state }) => state === 'running')) return ['accent', 'still running'];
  if (!here) return ['muted', `on ${act.engine.address}`];
  if (way === undefined) return ['muted', '…'];
  // What took something back is not what anybody looks for here.
  if (act.undoes !== undefined && way.kind === 'none') return ['muted', '·'];
  if (way.kind === 'none' || way.kind === 'nothing') return ['muted', BACK[way.kind]];
  return way.whole ? ['good', BACK[way.kind]] : ['warn', `${BACK[way.kind]}, in part`];
}

/** A row of the details. */
export interface ActLine {
  readonly label: string;
  readonly text: string;
  readonly token: Token;
}

export interface Drawn extends Seen {
  readonly columns: number;
  readonly home: string;
}

const LABEL = 12;

/** Everything that is known of it. `by`: what took it back; one that changed no name is in no journal. */
export function actText(
  act: RecordedAct,
  way: Way | undefined,
  by: RecordedAct | undefined,
  seen: Drawn,
): readonly ActLine[] {
  const lines: ActLine[] = [];
  const add = (label: string, text: string, token: Token = 'plain'): void => {
    for (const [index, part] of wrap(text, seen.columns - LABEL - 5).entries())
      lines.push({ label: index === 0 ? label : '', text: part, token });
  };
  const gap = (): void => void lines.push({ label: '', text: '', token: 'plain' });
  const summary = summaryOf(act);
  add('what', titleOf(act), 'title');
  add('when', `${new Date(act.time).toString().slice(0, 24)}, ${ago(Math.floor(act.time / 1000), seen.now)}`);
  add(
    'engine',
    `${act.engine.kind} · ${shortenHome(act.engine.address, seen.home)}${seen.here ? '' : ' · not this one'}`,
  );
  if (summary.bytes > 0) add('size', `${bytes(summary.bytes)} as the engine counts it`);
  add('number', `${act.id} · nacre undo ${act.id}`, 'muted');
  if (act.undoes !== undefined) add('takes back', act.undoes);
  gap();
  addWay();
  for (const recorded of act.changes) {
    gap();
    addChange(recorded);
  }
  return lines;

  function addWay(): void {
    if (act.undone !== undefined) {
      const when = ago(Math.floor(act.undone.time / 1000), seen.now);
      add('taken back', by === undefined ? when : `${when} by ${by.id}`, 'good');
      for (const lack of act.undone.lacks) add('', `without ${lack}`, 'warn');
      return;
    }
    const [token, text] = backText(act, way, seen);
    if (way === undefined) {
      add('comes back', seen.here ? text : 'what that engine still has decides it: E switches there', token);
      return;
    }
    // Names are given or taken: only images are away.
    const names = way.kind === 'retag';
    add(
      names ? 'undo' : 'comes back',
      way.steps.length > 0 ? way.why : `${BACK[way.kind]}: ${way.why}`,
      token,
    );
    for (const step of way.steps) add('', stepText(step));
    // What stands in the way of all of it is the reason already.
    for (const lack of way.lacks)
      if (lack !== way.why) add('', `${names ? 'but' : 'without'} ${lack}`, 'warn');
  }

  function addChange({ change, state, end }: RecordedChange): void {
    add(change.action, change.subject === '' ? changeCount(change.images) : change.subject, 'strong');
    if (state === 'cut-off') add('', 'nacre ended before the engine had answered', 'warn');
    else if (state === 'running') add('', 'is still running', 'accent');
    if (end?.error !== undefined)
      add(
        state === 'unknown' ? 'not known' : 'refused',
        end.error.message,
        state === 'unknown' ? 'warn' : 'bad',
      );
    if (change.container !== undefined)
      add(
        'container',
        `${change.container.name} ${shortId(change.container.id)} of ${change.container.image}`,
      );
    if (change.volume !== undefined) addVolume(change.volume);
    for (const image of change.images) addImage(image);
    for (const { name, image } of change.names)
      add('name', image === '' ? `${name} was nobody's` : `${name} was of ${shortId(image)}`);
    for (const entry of end?.entries ?? []) add('answered', entryText(entry), 'muted');
    for (const { name, image } of end?.given ?? [])
      add('answered', `${name} is ${shortId(image)} now`, 'muted');
    if (end?.freed !== undefined) add('answered', `freed ${bytes(end.freed)}`, 'muted');
    if (end?.records !== undefined)
      add('answered', plural(end.records, 'record of build cache', 'records of build cache'), 'muted');
  }

  function addVolume({ driver, anonymous, created, bytes: held }: ChangedVolume): void {
    const facts = [
      held === undefined ? '' : bytes(held),
      anonymous ? 'anonymous' : '',
      driver === 'local' ? '' : driver,
      created === 0 ? '' : `made ${ago(created, seen.now)}`,
    ];
    add('volume', facts.filter((part) => part !== '').join(' · ') || 'of unknown size');
  }

  function addImage(image: ChangedImage): void {
    const { id, references, digests, created, size, platform, config } = image;
    add('image', id);
    add(
      '',
      [bytes(size), platform, `made ${ago(created, seen.now)}`].filter((part) => part !== '').join(' · '),
    );
    for (const name of references) add('', name);
    for (const digest of digests) add('', digest, 'muted');
    const runs = [...(config?.entrypoint ?? []), ...(config?.cmd ?? [])].join(' ');
    if (runs !== '') add('', `runs ${runs}`, 'muted');
  }
}

function changeCount(images: readonly ChangedImage[]): string {
  return images.length === 0 ? '' : plural(images.length, 'image');
}

function entryText(entry: RemovalEntry): string {
  return entry.action === 'untagged' ? `Untagged: ${entry.reference}` : `Deleted: ${entry.id}`;
}
