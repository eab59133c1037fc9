/** A person's own settings: `$XDG_CONFIG_HOME/nacre/config.toml`. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { EngineSettings } from './engine/choose.ts';
import type { PinSettings } from './engine/cleanup/pins.ts';
import type { TrashSettings } from './engine/trash/trash.ts';

export interface Config {
  /** Keys by command id: `[keys]` with `"images.delete" = ["D"]`. */
  readonly keys: Readonly<Record<string, readonly string[]>>;
  /** `[engine]` with `default = "embedded"` and `store = "/folder"`. */
  readonly engine: EngineSettings;
  /** `[registries]` with `insecure = ["host:5000"]`. */
  readonly registries: { readonly insecure: readonly string[] };
  /** `[jobs]` with `transfers = 3`, `notify = true`, `title = true`. */
  readonly jobs: JobSettings;
  /** `[pins]` with `names = ["app:1", "acme/*"]`, `labels = ["keep", "team=core"]`. */
  readonly pins: PinSettings;
  /** `[trash]` with `keep = "7d"`, `size = "20GB"`; undefined where it is off, because neither is set. */
  readonly trash: TrashSettings | undefined;
  /** `[journal]` with `keep = false`: changes are not written down, and cannot be taken back. */
  readonly journal: { readonly keep: boolean };
}

export interface JobSettings {
  /** Images that are moved at a time. */
  readonly transfers: number;
  /** How the terminal is told that a job has ended: a desktop notification, its bell, or not at all. */
  readonly notify: boolean | 'bell';
  /** Whether the terminal's title tells of the job that runs. */
  readonly title: boolean;
}

/** A person's settings are wrong: one line with the file, what is wrong and what would be right. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

type Table = Readonly<Record<string, unknown>>;

/** Where a person's settings are; `path` where one was named. */
export function configPath(path: string | undefined, env: NodeJS.ProcessEnv): string {
  return path ?? join(env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'nacre', 'config.toml');
}

/** A missing file is no settings; a broken one rejects with a ConfigError that tells the place that is wrong. */
export async function readConfig(path: string | undefined, env: NodeJS.ProcessEnv): Promise<Config> {
  const file = configPath(path, env);
  const wrong = (what: string): ConfigError => new ConfigError(`${file}${what}`);
  const text = readText(file, path !== undefined, wrong);
  const document = text === undefined ? {} : await parseToml(text, wrong);
  const table = (name: string): Table => {
    const found = document[name] ?? {};
    if (typeof found !== 'object' || found === null || Array.isArray(found))
      throw wrong(`: [${name}] must be a table`);
    return found as Table;
  };
  return {
    keys: readKeys(table('keys'), wrong),
    engine: readEngine(table('engine'), wrong),
    registries: { insecure: readInsecure(table('registries'), wrong) },
    jobs: readJobs(table('jobs'), wrong),
    pins: await readPins(table('pins'), wrong),
    trash: await readTrash(table('trash'), wrong),
    journal: readJournal(table('journal'), wrong),
  };
}

type Wrong = (what: string) => ConfigError;

function readText(file: string, isNamed: boolean, wrong: Wrong): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    // Nobody asked for the usual file: where it cannot be looked at there are no settings.
    const code = (thrown as NodeJS.ErrnoException).code ?? '';
    if (!isNamed && ['ENOENT', 'ENOTDIR', 'EACCES'].includes(code)) return undefined;
    throw wrong(` cannot be read: ${(thrown as Error).message}`);
  }
}

/** The parser is loaded for those who have a file: the others would only wait for it. */
async function parseToml(text: string, wrong: Wrong): Promise<Table> {
  const { parse } = await import('smol-toml');
  try {
    return parse(text);
  } catch (thrown) {
    throw wrong(` is not valid TOML: ${(thrown as Error).message.split('\n')[0]}`);
  }
}

function readKeys(keys: Table, wrong: Wrong): Config['keys'] {
  for (const [id, value] of Object.entries(keys)) {
    if (!isTexts(value)) throw wrong(`: "${id}" needs a list of keys, such as ["d"]`);
  }
  return keys as Config['keys'];
}

function readEngine(engine: Table, wrong: Wrong): EngineSettings {
  const { default: preset, store } = engine;
  if (preset !== undefined && preset !== 'embedded')
    throw wrong(': [engine] default can only be "embedded"; leave it out to take the engine that is found');
  if (store !== undefined && (typeof store !== 'string' || !/^(?:\/|~\/.)/.test(store)))
    throw wrong(': [engine] store needs a full path, such as "/srv/images" or "~/images"');
  return { ...(preset === undefined ? {} : { default: preset }), ...(store === undefined ? {} : { store }) };
}

function readInsecure(registries: Table, wrong: Wrong): readonly string[] {
  const { insecure = [] } = registries;
  const isList = isTexts(insecure) && insecure.every((each) => /^[^/\s]+$/.test(each));
  if (!isList) throw wrong(': [registries] insecure needs a list of hosts, such as ["registry.local:5000"]');
  return insecure;
}

/** As many as docker moves layers at a time; more share the same line. */
const TRANSFERS = 3;
const MOST_TRANSFERS = 20;

function readJobs(jobs: Table, wrong: Wrong): JobSettings {
  const { transfers = TRANSFERS, notify = false, title = false } = jobs;
  const isCount =
    typeof transfers === 'number' &&
    Number.isInteger(transfers) &&
    transfers >= 1 &&
    transfers <= MOST_TRANSFERS;
  if (!isCount) throw wrong(`: [jobs] transfers needs a number from 1 to ${MOST_TRANSFERS}`);
  if (typeof notify !== 'boolean' && notify !== 'bell')
    throw wrong(': [jobs] notify can be true, false or "bell"');
  if (typeof title !== 'boolean') throw wrong(': [jobs] title can be true or false');
  return { transfers, notify, title };
}

function readJournal(journal: Table, wrong: Wrong): Config['journal'] {
  const { keep = true, ...others } = journal;
  const [other] = Object.keys(others);
  if (other !== undefined) throw wrong(`: [journal] has no "${other}", only keep`);
  if (typeof keep !== 'boolean') throw wrong(': [journal] keep can be true or false');
  return { keep };
}

/** A pin that is not understood must not be passed over: what it was to hold would go. */
async function readPins(pins: Table, wrong: Wrong): Promise<PinSettings> {
  const { names = [], labels = [], ...others } = pins;
  const [other] = Object.keys(others);
  if (other !== undefined) throw wrong(`: [pins] has no "${other}", only names and labels`);
  if (!isTexts(names)) throw wrong(': [pins] names needs a list of names, such as ["app:1", "acme/*"]');
  if (!isTexts(labels) || labels.some((label) => /^(?:=|$)/.test(label)))
    throw wrong(': [pins] labels needs a list of labels, such as ["keep", "team=core"]');
  if (names.length > 0) {
    const { checkPin } = await import('./engine/cleanup/pin-file.ts');
    for (const name of names) {
      try {
        checkPin(name);
      } catch (thrown) {
        throw wrong(`: [pins] names: ${(thrown as Error).message}`);
      }
    }
  }
  return { names, labels };
}

/** What one of the two is where only the other one is set. */
const TRASH_KEEP = '7d';
const TRASH_SIZE = '20GB';

async function readTrash(trash: Table, wrong: Wrong): Promise<TrashSettings | undefined> {
  const { keep, size, ...others } = trash;
  const [other] = Object.keys(others);
  if (other !== undefined) throw wrong(`: [trash] has no "${other}", only keep and size`);
  if (keep === undefined && size === undefined) return undefined;
  const { parseAge, parseSize } = await import('./engine/cleanup/measure.ts');
  const read = (text: unknown, parse: (text: string) => number): number => {
    try {
      return typeof text === 'string' ? parse(text) : 0;
    } catch {
      return 0;
    }
  };
  const seconds = read(keep ?? TRASH_KEEP, parseAge);
  if (seconds <= 0)
    throw wrong(': [trash] keep needs an age, such as "7d" or "12h"; leave keep and size out to turn it off');
  const bytes = read(size ?? TRASH_SIZE, parseSize);
  if (bytes <= 0)
    throw wrong(': [trash] size needs a size, such as "20GB"; leave keep and size out to turn it off');
  return { keep: seconds, size: bytes };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
