/** A person's own settings: `$XDG_CONFIG_HOME/nacre/config.toml`. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { EngineSettings } from './engine/choose.ts';

export interface Config {
  /** Keys by command id: `[keys]` with `"images.delete" = ["D"]`. */
  readonly keys: Readonly<Record<string, readonly string[]>>;
  /** `[engine]` with `default = "embedded"` and `store = "/folder"`. */
  readonly engine: EngineSettings;
  /** `[registries]` with `insecure = ["host:5000"]`. */
  readonly registries: { readonly insecure: readonly string[] };
}

/** A person's settings are wrong: one line with the file, what is wrong and what would be right. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

type Table = Readonly<Record<string, unknown>>;

/** A missing file is no settings; a broken one rejects with a ConfigError that tells the place that is wrong. */
export async function readConfig(path: string | undefined, env: NodeJS.ProcessEnv): Promise<Config> {
  const file = path ?? join(env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'nacre', 'config.toml');
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

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
