/** Dockerfile instructions that change a config, as `import --change` takes them. Source: Dockerfile reference. */
import { EngineError } from '../errors.ts';
import { badChange as bad } from './change-fault.ts';
import { type Healthcheck, healthcheckOf } from './change-healthcheck.ts';
import { expand, type Variables } from './change-variables.ts';
import { jsonWords, pairs, words } from './change-words.ts';

/** The `config` of an image's config file. Source: OCI image specification, "Image Configuration". */
export interface RunConfig {
  User?: string;
  ExposedPorts?: Record<string, Record<string, never>>;
  Env?: string[];
  Entrypoint?: string[];
  Cmd?: string[];
  Volumes?: Record<string, Record<string, never>>;
  WorkingDir?: string;
  Labels?: Record<string, string>;
  StopSignal?: string;
  OnBuild?: string[];
  Healthcheck?: Healthcheck;
}

type Apply = (config: RunConfig, rest: string) => void;

const SHELL = ['/bin/sh', '-c'];

const INSTRUCTIONS: Readonly<Record<string, Apply>> = {
  CMD(config, rest) {
    config.Cmd = jsonWords(rest) ?? [...SHELL, rest];
  },
  ENTRYPOINT(config, rest) {
    config.Entrypoint = jsonWords(rest) ?? [...SHELL, rest];
  },
  ENV(config, rest) {
    // All of one line see the variables as they were before it.
    const before = variablesOf(config);
    for (const [name, value] of pairs(rest, 'ENV'))
      setVariable(config, expand(name, before), expand(value, before));
  },
  EXPOSE(config, rest) {
    for (const word of words(rest)) {
      for (const port of portsOf(expand(word, variablesOf(config)))) {
        config.ExposedPorts = { ...config.ExposedPorts, [port]: {} };
      }
    }
  },
  HEALTHCHECK(config, rest) {
    config.Healthcheck = healthcheckOf(rest);
  },
  LABEL(config, rest) {
    const labels = new Map(Object.entries(config.Labels ?? {}));
    const variables = variablesOf(config);
    for (const [name, value] of pairs(rest, 'LABEL'))
      labels.set(expand(name, variables), expand(value, variables));
    config.Labels = Object.fromEntries(labels);
  },
  ONBUILD(config, rest) {
    const trigger = (/^\S+/.exec(rest)?.[0] ?? '').toUpperCase();
    if (['ONBUILD', 'FROM', 'MAINTAINER'].includes(trigger))
      throw bad(`${trigger} cannot stand behind ONBUILD`);
    config.OnBuild = [...(config.OnBuild ?? []), rest];
  },
  STOPSIGNAL(config, rest) {
    const signal = expand(one(rest, 'STOPSIGNAL'), variablesOf(config));
    if (!/^(?:\d{1,2}|(?:SIG)?[A-Z][A-Z0-9+-]*)$/i.test(signal)) throw bad(`"${signal}" is no signal`);
    config.StopSignal = signal;
  },
  USER(config, rest) {
    config.User = expand(one(rest, 'USER'), variablesOf(config));
  },
  VOLUME(config, rest) {
    const variables = variablesOf(config);
    for (const word of jsonWords(rest) ?? words(rest)) {
      const path = expand(word, variables);
      if (path.trim() === '') throw bad('a volume needs a path');
      config.Volumes = { ...config.Volumes, [path]: {} };
    }
  },
  WORKDIR(config, rest) {
    const path = expand(rest, variablesOf(config));
    const whole = path.startsWith('/') ? path : `${config.WorkingDir ?? ''}/${path}`;
    config.WorkingDir = cleanPath(whole);
  },
};

/**
 * Applies instructions in their order to what is there before them. Errors: `bad-input` that quotes the instruction and
 * says what is wrong with it.
 */
export function applyChanges(changes: readonly string[], base: RunConfig = {}): RunConfig {
  const config: RunConfig = { ...base };
  for (const change of changes) {
    const [, name = '', rest = ''] = /^\s*(\S+)\s*([\s\S]*?)\s*$/.exec(change) ?? [];
    const apply = INSTRUCTIONS[name.toUpperCase()];
    try {
      if (name === '') throw bad('it is empty');
      if (apply === undefined || !Object.hasOwn(INSTRUCTIONS, name.toUpperCase())) {
        throw bad(`${name} is no instruction that changes an image`);
      }
      if (rest === '') throw bad(`${name.toUpperCase()} needs something behind it`);
      apply(config, rest);
    } catch (thrown) {
      if (!(thrown instanceof EngineError)) throw thrown;
      throw new EngineError({
        code: 'bad-input',
        message: `the change ${JSON.stringify(change)} cannot be made: ${thrown.message}`,
        hint: thrown.hint || `Known are ${Object.keys(INSTRUCTIONS).join(', ')}, as in a Dockerfile.`,
      });
    }
  }
  return config;
}

function variablesOf(config: RunConfig): Variables {
  return new Map((config.Env ?? []).map((text) => split(text)));
}

function setVariable(config: RunConfig, name: string, value: string): void {
  if (name === '') throw bad('a variable needs a name');
  const others = (config.Env ?? []).filter((text) => split(text)[0] !== name);
  config.Env = [...others, `${name}=${value}`];
}

function split(text: string): [string, string] {
  const at = text.indexOf('=');
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function one(rest: string, instruction: string): string {
  const list = words(rest);
  if (list.length !== 1) throw bad(`${instruction} takes one word`);
  return list[0]!;
}

/** `80`, `53/udp`, `8000-8010/tcp`. */
function portsOf(word: string): string[] {
  const [, first, last = first, protocol = 'tcp'] =
    /^(\d+)(?:-(\d+))?(?:\/(tcp|udp|sctp))?$/i.exec(word) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (first === undefined || from < 1 || to > 65_535 || to < from) {
    throw bad(`"${word}" is no port: write 80, 53/udp or 8000-8010`);
  }
  return Array.from({ length: to - from + 1 }, (_, at) => `${from + at}/${protocol.toLowerCase()}`);
}

/** `/a/./b/../c/` is `/a/c`. */
function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}
