/** The functions of a template: Go's own that make sense here, and docker's. */
import { UsageError } from '../failure.ts';
import { printf } from './printf.ts';
import { isMap, isTrue, kindOf, NilMap, print, toJson, type Value } from './value.ts';

export type TemplateFunction = (...args: Value[]) => Value;

const compare = (name: string, test: (order: number) => boolean) => (left: Value, right: Value) => {
  sameKind(name, left, right);
  if (typeof left !== 'string' && typeof left !== 'number')
    throw new UsageError(`--format: ${name} cannot order ${kindOf(left)}`);
  return test(left < (right as typeof left) ? -1 : left === right ? 0 : 1);
};

function sameKind(name: string, left: Value, right: Value): void {
  if (typeof left === typeof right) return;
  throw new UsageError(`--format: ${name} cannot compare ${kindOf(left)} with ${kindOf(right)}`);
}

function equal(left: Value, ...others: Value[]): boolean {
  return others.some((other) => {
    if (left === null || other === null) return left === other;
    sameKind('eq', left, other);
    return left === other;
  });
}

/** Go's `index`: a key that a map lacks gives the empty text, an index out of range is an error. */
function index(container: Value, ...keys: Value[]): Value {
  let value = container;
  for (const key of keys) {
    if (Array.isArray(value)) {
      if (typeof key !== 'number')
        throw new UsageError(`--format: index needs a number for a list, not ${print(key)}`);
      if (key < 0 || key >= value.length)
        throw new UsageError(`--format: index ${key} is out of range (length ${value.length})`);
      value = value[key];
    } else if (value instanceof NilMap) {
      value = '';
    } else if (isMap(value)) {
      const name = print(key);
      value = Object.hasOwn(value, name) ? value[name] : '';
    } else {
      throw new UsageError(`--format: index cannot look into ${kindOf(value)}`);
    }
  }
  return value;
}

function text(name: string, value: Value): string {
  if (typeof value === 'string') return value;
  throw new UsageError(`--format: ${name} takes a text, not ${kindOf(value)}`);
}

function whole(name: string, value: Value): number {
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw new UsageError(`--format: ${name} takes a whole number, not ${print(value)}`);
}

export const FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ['and', (...args) => args.find((arg) => !isTrue(arg)) ?? args.at(-1)],
  ['or', (...args) => args.find((arg) => isTrue(arg)) ?? args.at(-1)],
  ['not', (value) => !isTrue(value)],
  ['eq', equal],
  ['ne', (left, right) => !equal(left, right)],
  ['lt', compare('lt', (order) => order < 0)],
  ['le', compare('le', (order) => order <= 0)],
  ['gt', compare('gt', (order) => order > 0)],
  ['ge', compare('ge', (order) => order >= 0)],
  ['index', index],
  [
    'len',
    (value) => {
      if (typeof value === 'string') return Buffer.byteLength(value);
      if (Array.isArray(value)) return value.length;
      if (isMap(value)) return Object.keys(value).length;
      throw new UsageError(`--format: len cannot count ${kindOf(value)}`);
    },
  ],
  ['print', (...args) => joined(args)],
  ['println', (...args) => `${args.map((arg) => print(arg)).join(' ')}\n`],
  ['printf', (format, ...args) => printf(text('printf', format), args)],
  ['json', toJson],
  [
    'join',
    (list, separator) =>
      (Array.isArray(list) ? list : [list]).map((item) => print(item)).join(text('join', separator)),
  ],
  ['split', (value, separator) => text('split', value).split(text('split', separator))],
  ['lower', (value) => text('lower', value).toLowerCase()],
  ['upper', (value) => text('upper', value).toUpperCase()],
  [
    'title',
    (value) =>
      text('title', value).replace(
        /(^|[^\p{L}\p{N}_'])(\p{L})/gu,
        (_, before, letter) => before + letter.toUpperCase(),
      ),
  ],
  ['truncate', (value, length) => [...text('truncate', value)].slice(0, whole('truncate', length)).join('')],
  [
    'pad',
    (value, before, after) =>
      text('pad', value) === ''
        ? ''
        : ' '.repeat(whole('pad', before)) + text('pad', value) + ' '.repeat(whole('pad', after)),
  ],
]);

/** In a table's heading a function shows the heading itself, as docker does. */
export const HEADING_FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map([
  ...FUNCTIONS,
  ...['json', 'join', 'split', 'lower', 'upper', 'title', 'truncate', 'pad'].map(
    (name): [string, TemplateFunction] => [name, (value) => value],
  ),
]);

/** Go's Sprint: a space between two operands when neither is a text. */
function joined(args: readonly Value[]): string {
  return args
    .map(
      (arg, at) =>
        (at > 0 && typeof arg !== 'string' && typeof args[at - 1] !== 'string' ? ' ' : '') + print(arg),
    )
    .join('');
}
