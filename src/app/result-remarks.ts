/** What a removal's result says in sentences: what is not as planned and why, and what can be had back. Pure. */
import { bytes, grouped, plural, size as sizeText } from './format.ts';
import type { RemovalRecord } from './removal-record.ts';
import { goneOf, shortList } from './removal-words.ts';
import type { Token } from './theme.ts';

export interface Remark {
  readonly text: string;
  readonly token: Token;
}

/** What is not as planned, and why; empty while it goes on. */
export function differences(record: RemovalRecord): Remark[] {
  const { shown, freed, items, outcome, parts, totals } = record;
  const remarks: Remark[] = [];
  const say = (text: string, token: Token = 'plain'): number => remarks.push({ text, token });
  if (totals.counting) say('the engine counts its totals once more …', 'muted');
  else if (totals.problem !== '')
    say(
      `${totals.problem}: its totals after this are not known${outcome === 'lost' ? ' until it is back' : ''}`,
      'warn',
    );
  if (outcome === 'running') return remarks;
  const planned = shown.plan.freed;
  const less = planned.bytes - freed.bytes;
  const stayed = items.filter((item) => item.status !== 'done');
  if (less !== 0) {
    const amount = `${bytes(Math.abs(less))} ${less > 0 ? 'less' : 'more'} than planned`;
    if (stayed.length > 0) say(`${amount}: ${plural(stayed.length, 'thing')} of ${items.length} did not go`);
    else if (less > 0) say(`${amount}: the engine kept layers that something else needs by now`);
    else say(`${amount}: layers were let go of by others meanwhile, and went as well`);
  }
  if (freed.bound !== 'exact' && freed.reason !== undefined) say(freed.reason, 'muted');
  else if (planned.bound !== 'exact' && planned.reason !== undefined) say(planned.reason, 'muted');
  const { before, after } = totals;
  if (before !== undefined && after !== undefined) {
    const was = before.layersTotal;
    const is = after.layersTotal;
    // The engine's total leaves out layers that no image has any more; on disk they are still there.
    const held = shown.plan.images.keeps
      .filter((keep) => keep.images.length === 0)
      .reduce((sum, keep) => sum + keep.size, 0);
    const fell = was.bytes - is.bytes;
    const odd = fell - parts.images.bytes;
    if (was.bound !== 'exact') say(`the engine's total of images: ${was.reason ?? 'is not exact'}`, 'muted');
    else if (held > 0 && odd > 0 && odd <= held)
      say(
        `the engine no longer counts ${bytes(odd)} that only containers or the build cache hold: they are still on disk`,
      );
    else if (odd !== 0)
      say(
        `the engine's total of images fell by ${grouped(fell)} bytes, not by ${grouped(parts.images.bytes)}: others changed images meanwhile`,
      );
  }
  return remarks;
}

/** What of it can be had back, and how. */
export function waysBack(record: RemovalRecord): (Remark & { readonly label: string })[] {
  const gone = goneOf(record);
  const { plan, trash, names, journaled } = record.shown;
  const how = journaled ? ': J lists every change, z there takes it back' : '';
  const ways: (Remark & { readonly label: string })[] = [];
  const say = (label: string, text: string, token: Token = 'plain'): number =>
    ways.push({ label, text, token });
  const called = (ids: readonly string[]): string =>
    ids.length === 0 ? '' : `: ${shortList(ids.map((id) => names.get(id) ?? id))}`;
  const steps = plan.images.steps.flatMap((step) =>
    step.action === 'delete' && !step.parent && gone.images.has(step.id) ? [step] : [],
  );
  const untagged = plan.images.steps.filter(
    (step) => step.action === 'untag' && !gone.images.has(step.id) && gone.names.includes(step.reference),
  );
  if (untagged.length > 0 && journaled)
    say('comes back', `${plural(untagged.length, 'name')} at once: by z`, 'good');
  const isKept = trash !== undefined && !trash.tooLarge;
  const pullable = steps.filter((step) => !isKept && step.pullable === 'yes');
  const lost = steps.filter((step) => !isKept && step.pullable !== 'yes');
  if (isKept && steps.length > 0) {
    const held = trash.sameDisk === 'no' ? '' : `; until then it takes at most ${sizeText(trash.bytes)}`;
    say(
      'comes back',
      `${plural(steps.length, 'image')} out of the trash until ${daysText(trash.until)}${journaled ? how : ': nacre trash restore'}${held}`,
      'good',
    );
  }
  if (pullable.length > 0)
    say('comes back', `${plural(pullable.length, 'image')} by being pulled again${how}`, 'good');
  if (gone.cache > 0) say('comes back', 'build cache, by building again', 'muted');
  if (lost.length > 0) {
    const known = lost.filter((step) => step.pullable === 'unknown').length;
    const why = known === lost.length ? 'no other copy is known' : 'there is no other copy';
    const which = called(lost.map((step) => step.id));
    say('is lost', `${plural(lost.length, 'image')} of which ${why}${which}`, 'warn');
  }
  if (gone.containers > 0)
    say(
      'is lost',
      `what ${plural(gone.containers, 'container')} had written${gone.volumes > 0 ? '' : '; their volumes stay'}`,
      'warn',
    );
  if (gone.volumes > 0)
    say('is lost', `what was in ${plural(gone.volumes, 'volume')}: nothing brings it back`, 'warn');
  return ways.map((way, index) => (ways[index - 1]?.label === way.label ? { ...way, label: '' } : way));
}

function daysText(until: number): string {
  return new Date(until * 1000).toLocaleDateString('sv');
}
