/**
 * An engine's inspect answer as docker's own image structure, which `inspect --format` templates are written for:
 * nulls know whether they are lists or maps, and fields that an engine leaves out have their zero value.
 */
import { UsageError } from './failure.ts';
import type { FieldLookup } from './template/template.ts';
import { EmptyStruct, isMap, kindOf, NilList, NilMap, type Value } from './template/value.ts';

const LISTS = new Set(['RepoTags', 'RepoDigests', 'Env', 'Cmd', 'Entrypoint', 'OnBuild', 'Shell', 'Layers']);
const MAPS = new Set(['Volumes', 'ExposedPorts', 'Labels']);
/** Maps whose values say nothing. */
const SETS = new Set(['Volumes', 'ExposedPorts']);
const TEXTS = new Set([
  'Comment',
  'Author',
  'Parent',
  'DockerVersion',
  'Variant',
  'OsVersion',
  'User',
  'WorkingDir',
  'StopSignal',
]);

/** The answer with Go's idea of nothing where JSON has null. */
export function imageStruct(answer: Value, name = ''): Value {
  if (answer === null) {
    if (LISTS.has(name)) return new NilList();
    return MAPS.has(name) ? new NilMap() : null;
  }
  if (Array.isArray(answer)) return answer.map((item) => imageStruct(item));
  if (!isMap(answer)) return answer;
  return Object.fromEntries(
    Object.entries(answer).map(([key, item]) => {
      if (SETS.has(name) && isMap(item)) return [key, new EmptyStruct()];
      return [key, name === 'Labels' ? item : imageStruct(item, key)];
    }),
  );
}

/** `.ID` is `.Id`; a field that images can have but this one lacks is empty; any other is an error. */
export const imageLookup: FieldLookup = (value, name) => {
  if (!isMap(value)) throw new UsageError(`--format: .${name} cannot be read from ${kindOf(value)}`);
  const key = name === 'ID' && !Object.hasOwn(value, 'ID') ? 'Id' : name;
  if (Object.hasOwn(value, key)) return value[key];
  if (LISTS.has(key)) return new NilList();
  if (MAPS.has(key)) return new NilMap();
  if (TEXTS.has(key)) return '';
  if (key === 'Healthcheck') return null;
  throw new UsageError(`--format: the image has no field .${name}`);
};
