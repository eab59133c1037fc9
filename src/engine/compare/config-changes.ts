/** How the configs of two images differ, one difference a row. */
import type { ImageConfig } from '../image.ts';
import type { ContentImage } from '../layers/contents.ts';

export type ConfigField =
  | 'platform'
  | 'entrypoint'
  | 'cmd'
  | 'user'
  | 'working-dir'
  | 'env'
  | 'label'
  | 'port'
  | 'volume'
  | 'stop-signal'
  | 'healthcheck'
  | 'on-build';

export interface ConfigChange {
  readonly field: ConfigField;
  /** Of a variable or label its name, of a port or volume the thing itself; `''` for what there is once. */
  readonly key: string;
  /** Undefined where the first image has none. Words of a command are told as a JSON list. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** In the order of ConfigField, keys sorted. */
export function compareConfigs(a: ContentImage, b: ContentImage): ConfigChange[] {
  const one = (field: ConfigField, pick: (image: ContentImage) => string): ConfigChange[] =>
    differing(field, new Map([['', pick(a)]]), new Map([['', pick(b)]]));
  const many = (field: ConfigField, pick: (config: ImageConfig) => Map<string, string>): ConfigChange[] =>
    differing(field, pick(a.config), pick(b.config));
  return [
    ...one('platform', ({ platform }) => platform),
    ...one('entrypoint', ({ config }) => words(config.entrypoint)),
    ...one('cmd', ({ config }) => words(config.cmd)),
    ...one('user', ({ config }) => config.user),
    ...one('working-dir', ({ config }) => config.workingDir),
    ...many('env', ({ env }) => variables(env)),
    ...many('label', ({ labels }) => new Map(Object.entries(labels))),
    ...many('port', ({ exposedPorts }) => things(exposedPorts)),
    ...many('volume', ({ volumes }) => things(volumes)),
    ...one('stop-signal', ({ config }) => config.stopSignal),
    ...one('healthcheck', ({ config }) => words(config.healthcheck)),
    ...one('on-build', ({ config }) => words(config.onBuild)),
  ];
}

function differing(
  field: ConfigField,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): ConfigChange[] {
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort();
  return keys
    .filter((key) => before.get(key) !== after.get(key))
    .map((key) => ({ field, key, before: told(before, key), after: told(after, key) }));
}

/** What there is once is told as absent when it is empty; a variable may well be. */
function told(values: ReadonlyMap<string, string>, key: string): string | undefined {
  const value = values.get(key);
  return key === '' && value === '' ? undefined : value;
}

function words(list: readonly string[]): string {
  return list.length === 0 ? '' : JSON.stringify(list);
}

/** `A=1`; of several with one name the last counts, as for a process. */
function variables(env: readonly string[]): Map<string, string> {
  return new Map(
    env.map((each) => {
      const cut = each.indexOf('=');
      return cut < 0 ? [each, ''] : [each.slice(0, cut), each.slice(cut + 1)];
    }),
  );
}

function things(list: readonly string[]): Map<string, string> {
  return new Map(list.map((each) => [each, each]));
}
