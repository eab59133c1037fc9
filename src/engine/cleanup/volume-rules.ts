/** What rules about volumes mark: only ever what a person asked for by such a rule. */
import type { Container } from '../container.ts';
import { compilePattern } from '../pattern.ts';
import type { Volume } from '../volume.ts';
import type { VolumeRule } from './rule.ts';
import { ruleText } from './rule-text.ts';
import type { Scene } from './scene.ts';

export interface VolumeMatch {
  readonly volumes: readonly Volume[];
  /** What could not be decided, one sentence a rule. */
  readonly notes: readonly string[];
}

/**
 * Volumes that nobody uses; with `released`, those as well that containers use, which go only where all of these go
 * first. What may lie elsewhere is meant only by its name, as docker's own prune passes it over.
 */
export function matchVolumes({ stock, now }: Scene, rules: readonly VolumeRule[]): VolumeMatch {
  if (rules.length === 0) return { volumes: [], notes: [] };
  const { volumes } = stock;
  if (volumes === undefined)
    return { volumes: [], notes: ['unused-volumes: the volumes have not been read.'] };
  const matches = rules.map((rule) => {
    const meant = volumes.filter((volume) => isMeant(volume, rule) && canGo(volume, rule));
    if (rule.seconds === undefined) return { rule, old: meant, undated: 0 };
    const dated = meant.filter(({ created }) => created > 0);
    const old = dated.filter(({ created }) => created <= now - rule.seconds!);
    return { rule, old, undated: meant.length - dated.length };
  });
  const old = new Set(matches.flatMap((match) => match.old));
  return {
    volumes: volumes.filter((volume) => old.has(volume)),
    notes: matches.flatMap(({ rule, undated }) => {
      const count = undated === 1 ? '1 volume is' : `${undated} volumes are`;
      const why = 'the engine does not tell when they were made';
      return undated === 0 ? [] : [`${ruleText(rule)}: ${count} left out, because ${why}.`];
    }),
  };
}

function isMeant({ name, anonymous, elsewhere, labels }: Volume, rule: VolumeRule): boolean {
  const { pattern, label } = rule;
  if (pattern === undefined ? elsewhere || (!anonymous && !rule.all) : !compilePattern(pattern)(name))
    return false;
  return label === undefined || hasLabel(labels, label);
}

function canGo(volume: Volume, { released = false }: VolumeRule): boolean {
  return isFree(volume) || (released && volume.users.length > 0);
}

/** Nobody uses it, as far as anybody can tell. */
export function isFree({ users, inUse }: Volume): boolean {
  return users.length === 0 && !inUse;
}

/** Those that nobody uses any more once these containers are gone. */
export function freedVolumes(volumes: readonly Volume[], gone: readonly Pick<Container, 'id'>[]): Volume[] {
  const ids = new Set(gone.map(({ id }) => id));
  return volumes.filter(
    (volume) => isFree(volume) || (volume.users.length > 0 && volume.users.every((id) => ids.has(id))),
  );
}

/** `KEY` or `KEY=VALUE`. */
export function hasLabel(labels: Readonly<Record<string, string>>, label: string): boolean {
  const equals = label.indexOf('=');
  if (equals === -1) return Object.hasOwn(labels, label);
  const key = label.slice(0, equals);
  return Object.hasOwn(labels, key) && labels[key] === label.slice(equals + 1);
}
