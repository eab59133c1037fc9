/** What is asked of the engine for a container that somebody looks into. */
import type { ContainerStreams, RunOptions } from '../container.ts';
import { EngineError } from '../errors.ts';
import { parsePlatform, showPlatform } from '../oci/platform.ts';
import { containerName } from './container-name.ts';
import type { Call } from './http.ts';
import { imageName } from './image-name.ts';
import { atLeast, type Session } from './session.ts';

export interface CreateRequest {
  readonly query: NonNullable<Call['query']>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The body of `POST /containers/create`. Errors: `bad-input`, before anything is sent. */
export function createRequest(
  session: Session,
  options: RunOptions,
  { input, terminal }: ContainerStreams,
): CreateRequest {
  const {
    command,
    entrypoint,
    env,
    network,
    user,
    workdir,
    volumes,
    name,
    labels,
    tty = false,
    log = true,
  } = options;
  for (const variable of env ?? []) {
    if (variable.startsWith('=') || !variable.includes('=')) throw badVariable(variable);
  }
  const hasInput = input !== undefined;
  const size = terminal?.size();
  const platform = wantedPlatform(options);
  return {
    query: {
      name: name === undefined ? undefined : containerName(name),
      // Older ones refuse a parameter that they do not know.
      platform: platform !== '' && atLeast(session.info.apiVersion, '1.41') ? platform : undefined,
    },
    body: {
      Image: imageName(session.kind, options.image),
      Tty: tty,
      AttachStdin: hasInput,
      AttachStdout: true,
      AttachStderr: true,
      OpenStdin: hasInput,
      StdinOnce: hasInput,
      ...(command !== undefined && command.length > 0 && { Cmd: command }),
      // Nothing at all would mean the image's own.
      ...(entrypoint !== undefined && { Entrypoint: entrypoint.length > 0 ? entrypoint : [''] }),
      ...(env !== undefined && { Env: env }),
      ...(user !== undefined && { User: user }),
      ...(workdir !== undefined && { WorkingDir: workdir }),
      ...(labels !== undefined && { Labels: labels }),
      HostConfig: {
        ...(network !== undefined && { NetworkMode: network }),
        ...(volumes !== undefined && { Binds: volumes }),
        ...(!log && { LogConfig: { Type: 'none' } }),
        ...(tty && size !== undefined && { ConsoleSize: [size.rows, size.columns] }),
      },
    },
  };
}

/** `''` for the engine's own. Errors: `bad-input`. */
export function wantedPlatform({ platform }: RunOptions): string {
  return platform === undefined || platform === '' ? '' : showPlatform(parsePlatform(platform));
}

function badVariable(text: string): EngineError {
  return new EngineError({
    code: 'bad-input',
    message: `${JSON.stringify(text)} is no variable`,
    hint: 'Write it as NAME=value.',
  });
}
