/** Rules as people write them: `unused and older-than=30d`, `build-cache=older-than=7d,type=regular`. */
import { EngineError } from '../errors.ts';
import { compilePattern } from '../pattern.ts';
import { parseAge, parseSize } from './measure.ts';
import {
  AGES,
  type AgeBy,
  type ImageRule,
  type Rule,
  type RuleKind,
  type ThingRule,
  type VolumeRule,
} from './rule.ts';

/** Every rule, as it is written, and what it marks. */
export const RULES: readonly { readonly kind: RuleKind; readonly form: string; readonly help: string }[] = [
  { kind: 'dangling', form: 'dangling', help: 'images without a name that nothing stands on' },
  { kind: 'superseded', form: 'superseded', help: 'older tags of a name that a container runs' },
  { kind: 'unused', form: 'unused', help: 'images that no container was made from' },
  { kind: 'older-than', form: 'older-than=30d [by pulled|used]', help: 'built, pulled or used longer ago' },
  {
    kind: 'not-used-for',
    form: 'not-used-for=30d',
    help: 'not seen in use for so long, as far as nacre has watched',
  },
  { kind: 'keep-newest', form: 'keep-newest=3', help: 'all but the newest of each name' },
  { kind: 'name', form: 'name=PATTERN', help: 'names that meet it: app, acme/*, *:1.*' },
  { kind: 'label', form: 'label=KEY[=VALUE]', help: 'images with that label' },
  { kind: 'larger-than', form: 'larger-than=500MB', help: 'images of that size and more' },
  { kind: 'unreferenced-build', form: 'unreferenced-build', help: 'what builds left and nothing refers to' },
  {
    kind: 'build-cache',
    form: 'build-cache[=older-than=7d,type=TYPE]',
    help: 'build cache that nothing uses',
  },
  {
    kind: 'stopped-containers',
    form: 'stopped-containers[=older-than=7d]',
    help: 'containers that do not run',
  },
  {
    kind: 'unused-volumes',
    form: 'unused-volumes[=all,released,older-than=30d,label=KEY[=VALUE],name=PATTERN]',
    help: 'volumes that no container uses and nobody named; what is in them cannot come back',
  },
];

const WORD = /(?:[^\s"]|"[^"]*"?)+/g;

/**
 * One rule; `and` narrows, so that an image must meet all of them. `by` is what the age of `older-than`
 * counts from where it does not say. Errors: `bad-input` that names what is possible.
 */
export function parseRule(text: string, by: AgeBy = 'created'): Rule {
  const words = (text.match(WORD) ?? []).map((word) => word.replaceAll('"', ''));
  const parts: string[][] = [[]];
  for (const word of words) {
    if (word.toLowerCase() === 'and') parts.push([]);
    else parts.at(-1)!.push(word);
  }
  const rules = parts.map((part) => parseOne(part, text, by));
  const thing = rules.find(isThing);
  if (thing === undefined) return { kind: 'images', all: rules.filter((rule) => !isThing(rule)) };
  if (rules.length === 1) return thing;
  throw bad(
    `"${thing.kind}" cannot be joined to another rule by "and" in "${text}"`,
    'Give it as a rule of its own: several rules add up.',
  );
}

/** Canonical: parsing it again gives the same rule. */
export function ruleText(rule: Rule): string {
  if (rule.kind === 'images') return rule.all.map(imageRuleText).join(' and ');
  const { kind } = rule;
  const limits = [
    ...(kind === 'unused-volumes' ? volumeKinds(rule) : []),
    ...(rule.seconds === undefined ? [] : [`older-than=${seconds(rule.seconds)}`]),
    ...(kind === 'build-cache' && rule.type !== undefined ? [`type=${rule.type}`] : []),
    ...(kind === 'unused-volumes' && rule.label !== undefined ? [`label=${rule.label}`] : []),
    ...(kind === 'unused-volumes' && rule.pattern !== undefined ? [`name=${rule.pattern}`] : []),
  ];
  const text = limits.length === 0 ? kind : `${kind}=${limits.join(',')}`;
  return /\s/.test(text) ? `"${text}"` : text;
}

function volumeKinds({ all = false, released = false }: VolumeRule): string[] {
  return [...(all ? ['all'] : []), ...(released ? ['released'] : [])];
}

function imageRuleText(rule: ImageRule): string {
  switch (rule.kind) {
    case 'older-than':
      return `older-than=${seconds(rule.seconds)}${rule.by === 'created' ? '' : ` by ${rule.by}`}`;
    case 'not-used-for':
      return `not-used-for=${seconds(rule.seconds)}`;
    case 'keep-newest':
      return `keep-newest=${rule.count}`;
    case 'name':
      return `name=${rule.pattern}`;
    case 'label':
      return /\s/.test(rule.label) ? `"label=${rule.label}"` : `label=${rule.label}`;
    case 'larger-than':
      return `larger-than=${rule.bytes}`;
    default:
      return rule.kind;
  }
}

function seconds(value: number): string {
  if (value > 0 && value % 86_400 === 0) return `${value / 86_400}d`;
  return value > 0 && value % 3600 === 0 ? `${value / 3600}h` : `${value}s`;
}

function isThing(rule: ImageRule | ThingRule): rule is ThingRule {
  return rule.kind === 'build-cache' || rule.kind === 'stopped-containers' || rule.kind === 'unused-volumes';
}

function parseOne(words: readonly string[], text: string, by: AgeBy): ImageRule | ThingRule {
  const [word = '', ...rest] = words;
  const cut = word.indexOf('=');
  const kind = cut === -1 ? word : word.slice(0, cut);
  const value = cut === -1 ? undefined : word.slice(cut + 1);
  const rule = RULES.find((one) => one.kind === kind);
  if (rule === undefined) {
    const what = word === '' ? `a rule is missing in "${text}"` : `there is no rule "${kind}"`;
    throw bad(what, `Rules are ${RULES.map((one) => one.kind).join(', ')}.`);
  }
  const takesBy = rule.kind === 'older-than' && rest.length === 2 && rest[0] === 'by';
  if (rest.length > 0 && !takesBy) {
    throw bad(
      `"${rest.join(' ')}" after ${kind} means nothing`,
      `Write ${rule.form}, and join rules by "and".`,
    );
  }
  const needed = (): string => {
    if (value !== undefined && value !== '') return value;
    throw bad(`the rule ${kind} needs a value`, `Write ${rule.form}.`);
  };
  switch (rule.kind) {
    case 'dangling':
    case 'superseded':
    case 'unused':
    case 'unreferenced-build':
      if (value !== undefined) throw bad(`the rule ${kind} takes no value`, `Write ${rule.form}.`);
      return { kind: rule.kind };
    case 'older-than':
      return { kind: 'older-than', seconds: parseAge(needed()), by: takesBy ? parseAgeBy(rest[1]!) : by };
    case 'not-used-for':
      return { kind: 'not-used-for', seconds: parseAge(needed()) };
    case 'keep-newest': {
      const count = Number(needed());
      if (Number.isSafeInteger(count) && count >= 0 && /^\d+$/.test(value!))
        return { kind: 'keep-newest', count };
      throw bad(`"${value}" is not a number of images`, `Write ${rule.form}.`);
    }
    case 'name':
      compilePattern(needed());
      return { kind: 'name', pattern: value! };
    case 'label':
      return { kind: 'label', label: needed() };
    case 'larger-than':
      return { kind: 'larger-than', bytes: parseSize(needed()) };
    case 'build-cache':
    case 'stopped-containers':
      return { kind: rule.kind, ...parseLimits(rule.kind, value, rule.form) };
    case 'unused-volumes':
      return parseVolumeRule(value, rule.form);
  }
}

/** What an age counts from. Errors: `bad-input`. */
export function parseAgeBy(text: string): AgeBy {
  const found = AGES.find((one) => one === text);
  if (found !== undefined) return found;
  throw bad(`an age cannot count by "${text}"`, `Ages count by ${AGES.join(', ')}.`);
}

function parseVolumeRule(value: string | undefined, form: string): VolumeRule {
  let rule: VolumeRule = { kind: 'unused-volumes' };
  const limits = value === undefined ? [] : value.split(',');
  if (value === '') throw bad('the rule unused-volumes needs a value after "="', `Write ${form}.`);
  const keys = limits.map((limit) => limit.replace(/=.*$/s, ''));
  if (keys.includes('anonymous') && keys.some((key) => key === 'all' || key === 'name'))
    throw bad('volumes cannot be only anonymous ones and, by all or name=, others', `Write ${form}.`);
  for (const [index, limit] of limits.entries()) {
    const key = keys[index]!;
    const given = limit.slice(key.length + 1);
    // The last one alone would mean more than was asked for.
    if (keys.indexOf(key) < index) throw bad(`"${key}" is there twice in unused-volumes`, `Write ${form}.`);
    if (limit === 'all' || limit === 'released') rule = { ...rule, [limit]: true };
    else if (key === 'older-than') rule = { ...rule, seconds: parseAge(given) };
    else if (key === 'label' && given !== '') rule = { ...rule, label: given };
    else if (key === 'name' && given !== '') {
      compilePattern(given);
      rule = { ...rule, pattern: given };
    } else if (limit !== 'anonymous') throw bad(`"${limit}" is no limit of unused-volumes`, `Write ${form}.`);
  }
  return rule;
}

function parseLimits(
  kind: Exclude<ThingRule['kind'], VolumeRule['kind']>,
  value: string | undefined,
  form: string,
) {
  let limits: { readonly seconds?: number; readonly type?: string } = {};
  if (value === '') throw bad(`the rule ${kind} needs a value after "="`, `Write ${form}.`);
  for (const limit of value === undefined ? [] : value.split(',')) {
    const cut = limit.indexOf('=');
    const key = limit.slice(0, Math.max(cut, 0));
    const given = limit.slice(cut + 1);
    if (key === 'older-than') limits = { ...limits, seconds: parseAge(given) };
    else if (key === 'type' && kind === 'build-cache' && given !== '') limits = { ...limits, type: given };
    else throw bad(`"${limit}" is no limit of ${kind}`, `Write ${form}.`);
  }
  return limits;
}

function bad(message: string, hint: string): EngineError {
  return new EngineError({ code: 'bad-input', message, hint });
}
