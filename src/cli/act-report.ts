/** The journal of changes in words and as data. */
import type { RecordedAct } from '../engine/undo/change.ts';
import { effectsOf } from '../engine/undo/effects.ts';
import type { Facts } from '../engine/undo/facts.ts';
import { summarise } from '../engine/undo/summary.ts';
import { stepText, type Way } from '../engine/undo/way-back.ts';
import { dockerSize } from './docker-size.ts';

/** Whether and how it can come back. `way` is undefined where no engine told. */
export function comesBack(act: RecordedAct, way: Way | undefined): string {
  if (act.undone !== undefined) {
    const by = `taken back by ${act.undone.by}`;
    return act.undone.lacks.length === 0 ? by : `${by}, but not all of it`;
  }
  if (way === undefined) return '?';
  switch (way.kind) {
    case 'none':
      return `no: ${way.why}`;
    case 'nothing':
      return way.why;
    case 'retag':
      return `at once: ${way.why}`;
    case 'trash':
    case 'pull':
      return way.why;
  }
}

/** What undo would do, line by line. */
export function wayReport(act: RecordedAct, way: Way): string {
  const lines = [
    `${act.id}  ${summarise(act).title}`,
    ...way.steps.map((step) => `  ${stepText(step)}`),
    ...way.lacks.map((lack) => `  does not come back: ${lack}`),
  ];
  return `${lines.join('\n')}\n`;
}

export function actSize(act: RecordedAct, facts?: Facts): string {
  const { bytes } = summarise(act, facts);
  return bytes === 0 ? '' : dockerSize(bytes);
}

/** `facts` where they are of that act's engine: they tell what was done of what was cut off. */
export function actDocument(act: RecordedAct, way: Way | undefined, facts?: Facts) {
  const { title, bytes, failed } = summarise(act, facts);
  const { names, gone, digests } = effectsOf(act, facts);
  return {
    id: act.id,
    time: new Date(act.time).toISOString(),
    engine: act.engine,
    what: title,
    sizeBytes: bytes,
    failed,
    undoes: act.undoes ?? null,
    undone:
      act.undone === undefined ? null : { ...act.undone, time: new Date(act.undone.time).toISOString() },
    /** `before` and `after` are image ids; empty where the name was or is nobody's. */
    names,
    digests,
    deleted: gone,
    calls: act.changes.map(({ change, state, end }) => ({
      action: change.action,
      subject: change.subject,
      state,
      ...(change.container !== undefined && { container: change.container }),
      ...(change.volume !== undefined && { volume: change.volume }),
      ...(end !== undefined && { entries: end.entries }),
      ...(end?.error !== undefined && { error: end.error }),
    })),
    back:
      way === undefined
        ? null
        : {
            kind: way.kind,
            why: way.why,
            whole: way.whole,
            steps: way.steps.map(stepText),
            lacks: way.lacks,
          },
  };
}
