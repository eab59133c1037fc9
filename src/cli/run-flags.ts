/** The flags of `nacre run` as what is asked of the engine. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { RunOptions } from '../engine/container.ts';
import { EngineError } from '../engine/errors.ts';
import type { FlagValues } from './flag.ts';
import { wantedPlatform } from './wanted-platform.ts';

export async function runOptions(
  flags: FlagValues,
  [image, ...command]: readonly [image: string, ...command: string[]],
  env: NodeJS.ProcessEnv,
): Promise<RunOptions> {
  const entrypoint = flags.text('entrypoint');
  const labels = flags.list('label').map((text) => pair(text));
  return {
    image,
    command,
    tty: flags.on('tty'),
    // Nobody can read the log of what is gone.
    log: !flags.on('rm'),
    env: await variables(flags, env),
    volumes: flags.list('volume').map(absolute),
    ...(entrypoint === undefined ? {} : { entrypoint: entrypoint === '' ? [] : [entrypoint] }),
    ...(labels.length === 0 ? {} : { labels: Object.fromEntries(labels) }),
    ...textOf(flags, 'network'),
    ...textOf(flags, 'user'),
    ...textOf(flags, 'workdir'),
    ...textOf(flags, 'name'),
    ...wantedPlatform(flags),
  };
}

function textOf<Name extends string>(flags: FlagValues, name: Name): { readonly [key in Name]?: string } {
  const text = flags.text(name);
  return (text === undefined ? {} : { [name]: text }) as { readonly [key in Name]?: string };
}

/** Files first, so that flags count more. A name alone that the environment does not have is left out. */
async function variables(flags: FlagValues, env: NodeJS.ProcessEnv): Promise<string[]> {
  const lines: string[] = [];
  for (const file of flags.list('env-file')) lines.push(...(await fileLines(file)));
  return [...lines, ...flags.list('env')].flatMap((line) => {
    if (line.includes('=')) return [line];
    const value = env[line];
    return value === undefined ? [] : [`${line}=${value}`];
  });
}

/** One variable a line, as it stands; `#` at its beginning makes a comment. */
async function fileLines(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch((thrown: Error) => {
    throw new EngineError({
      code: 'bad-input',
      message: `the file of variables cannot be read: ${thrown.message}`,
      hint: 'Name a file with a NAME=value on each line.',
      cause: thrown,
    });
  });
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  return lines.map((line) => line.trimStart()).filter((line) => line !== '' && !line.startsWith('#'));
}

/** Engines know nothing of the folder that this is called in. */
function absolute(volume: string): string {
  const at = volume.indexOf(':');
  return at > 0 && volume.startsWith('.') ? resolve(volume.slice(0, at)) + volume.slice(at) : volume;
}

function pair(text: string): [name: string, value: string] {
  const at = text.indexOf('=');
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
