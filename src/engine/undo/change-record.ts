/** Changes as lines of the journal. Whatever is not whole, or of a format not known here, is no record. */
import type { RemovalEntry } from '../engine.ts';
import type {
  Act,
  Change,
  ChangedConfig,
  ChangedContainer,
  ChangedImage,
  ChangedVolume,
  ChangeEnd,
  NameHolder,
  Undone,
} from './change.ts';

const FORMAT = 1;

export type JournalRecord =
  /** `owner` is the process that makes the call, as `writeOwner` tells it. */
  | { readonly kind: 'begin'; readonly change: Change; readonly owner: string }
  | { readonly kind: 'end'; readonly change: string; readonly end: ChangeEnd }
  | { readonly kind: 'undone'; readonly act: string; readonly undone: Undone };

export function toLine(record: JournalRecord): object {
  return { format: FORMAT, ...record };
}

export function fromLine(line: Readonly<Record<string, unknown>>): JournalRecord | undefined {
  if (line['format'] !== FORMAT) return undefined;
  const record = line as unknown as JournalRecord;
  switch (record.kind) {
    case 'begin':
      return isChange(record.change) && typeof record.owner === 'string' ? record : undefined;
    case 'end':
      return typeof record.change === 'string' && isEnd(record.end) ? record : undefined;
    case 'undone':
      return typeof record.act === 'string' && isUndone(record.undone) ? record : undefined;
    default:
      return undefined;
  }
}

const ACTIONS: ReadonlySet<unknown> = new Set<Change['action']>([
  'tag',
  'remove',
  'prune',
  'prune-build-cache',
  'remove-container',
  'remove-volume',
  'pull',
  'load',
  'import',
  'commit',
  'build',
]);
const OUTCOMES: ReadonlySet<unknown> = new Set<ChangeEnd['outcome']>(['done', 'failed', 'unknown']);

function isChange(value: unknown): value is Change {
  if (!isTable<Change>(value)) return false;
  const { id, act, time, engine, action, subject, images, names, container, volume } = value;
  return (
    areTexts(id, subject) &&
    isAct(act) &&
    isNumber(time) &&
    isTable<Change['engine']>(engine) &&
    areTexts(engine.kind, engine.address) &&
    ACTIONS.has(action) &&
    isListOf(images, isImage) &&
    isListOf(names, isHolder) &&
    (container === undefined || isContainer(container)) &&
    (volume === undefined || isVolume(volume))
  );
}

function isAct(value: unknown): value is Act {
  return isTable<Act>(value) && areTexts(value.id) && (value.undoes === undefined || areTexts(value.undoes));
}

function isImage(value: unknown): value is ChangedImage {
  if (!isTable<ChangedImage>(value)) return false;
  const { id, references, digests, parentId, created, size, platform, chainId, config } = value;
  return (
    areTexts(id, parentId, platform, chainId) &&
    isListOf(references, isText) &&
    isListOf(digests, isText) &&
    isNumber(created) &&
    isNumber(size) &&
    (config === undefined || isConfig(config))
  );
}

function isConfig(value: unknown): value is ChangedConfig {
  if (!isTable<ChangedConfig>(value)) return false;
  const { entrypoint, cmd, env, workingDir, user, exposedPorts } = value;
  return (
    [entrypoint, cmd, env, exposedPorts].every((each) => isListOf(each, isText)) && areTexts(workingDir, user)
  );
}

function isHolder(value: unknown): value is NameHolder {
  return isTable<NameHolder>(value) && areTexts(value.name, value.image);
}

function isContainer(value: unknown): value is ChangedContainer {
  return isTable<ChangedContainer>(value) && areTexts(value.id, value.name, value.image, value.imageId);
}

function isVolume(value: unknown): value is ChangedVolume {
  if (!isTable<ChangedVolume>(value)) return false;
  const { name, driver, anonymous, created, bytes } = value;
  return (
    areTexts(name, driver) &&
    typeof anonymous === 'boolean' &&
    isNumber(created) &&
    (bytes === undefined || isNumber(bytes))
  );
}

function isEnd(value: unknown): value is ChangeEnd {
  if (!isTable<ChangeEnd>(value)) return false;
  const { time, outcome, entries, given, freed, records, error } = value;
  return (
    isNumber(time) &&
    OUTCOMES.has(outcome) &&
    isListOf(entries, isEntry) &&
    isListOf(given, isHolder) &&
    [freed, records].every((each) => each === undefined || isNumber(each)) &&
    (error === undefined ||
      (isTable<NonNullable<ChangeEnd['error']>>(error) && areTexts(error.code, error.message)))
  );
}

function isEntry(value: unknown): value is RemovalEntry {
  if (!isTable<{ action: unknown; reference: unknown; id: unknown }>(value)) return false;
  return value.action === 'untagged'
    ? areTexts(value.reference)
    : value.action === 'deleted' && areTexts(value.id);
}

function isUndone(value: unknown): value is Undone {
  return (
    isTable<Undone>(value) && areTexts(value.by) && isNumber(value.time) && isListOf(value.lacks, isText)
  );
}

function isTable<T>(value: unknown): value is { readonly [Key in keyof T]?: unknown } {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function isListOf<T>(value: unknown, isOne: (item: unknown) => item is T): value is readonly T[] {
  return Array.isArray(value) && value.every(isOne);
}

function areTexts(...values: readonly unknown[]): boolean {
  return values.every(isText);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
