/** What is asked of a builder, as the Docker Engine API wants it. */
import type { BuilderKind, BuildOptions } from '../../build.ts';
import { EngineError } from '../../errors.ts';
import { parsePlatform, showPlatform } from '../../oci/platform.ts';
import { parseNewName, type Reference } from '../../reference.ts';
import type { Call } from '../http.ts';
import { engineName } from '../pull.ts';
import type { Session } from '../session.ts';

export interface BuildRequest {
  readonly builder: BuilderKind;
  /** Within the context, with slashes. */
  readonly dockerfile: string;
  readonly references: readonly Reference[];
  readonly query: NonNullable<Call['query']>;
}

/** Errors: `bad-input`, `unsupported`, before anything is sent. */
export function buildRequest(
  session: Session,
  kinds: readonly BuilderKind[],
  options: BuildOptions,
): BuildRequest {
  const builder = options.builder ?? kinds[0]!;
  if (!kinds.includes(builder)) throw otherBuilder(session, builder, kinds);
  if (builder === 'classic' && options.secrets !== undefined && options.secrets.length > 0) throw noSecrets();
  const dockerfile = pathInContext(options.dockerfile ?? 'Dockerfile');
  const references = (options.references ?? []).map(parseNewName);
  const query = {
    ...(session.kind !== 'podman' && { version: builder === 'buildkit' ? '2' : '1' }),
    t: references.map((name) => `${engineName(session, name)}:${name.tag}`),
    dockerfile,
    target: options.target || undefined,
    buildargs: object(options.args),
    labels: object(options.labels),
    platform: options.platform && showPlatform(parsePlatform(options.platform)),
    networkmode: options.network === 'default' ? undefined : options.network || undefined,
    nocache: options.noCache || undefined,
    pull: options.pull || undefined,
    // What failed leaves no container behind that would hold on to images.
    ...(builder !== 'buildkit' && { rm: true, forcerm: true }),
  };
  return { builder, dockerfile, references, query };
}

/** As a path from the context's root; nothing outside of it can be meant. */
function pathInContext(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) {
      throw new EngineError({
        code: 'bad-input',
        message: `cannot build: ${path} is outside of the context`,
        hint: 'Name a Dockerfile within the context, by its path from there.',
      });
    }
  }
  return parts.join('/') || 'Dockerfile';
}

function object(pairs: Readonly<Record<string, string>> | undefined): string | undefined {
  return pairs === undefined || Object.keys(pairs).length === 0 ? undefined : JSON.stringify(pairs);
}

function otherBuilder(session: Session, builder: BuilderKind, kinds: readonly BuilderKind[]): EngineError {
  return new EngineError({
    code: 'unsupported',
    message: `cannot build with ${builder}: ${session.info.name} does not have that builder`,
    hint: `It has: ${kinds.join(', ')}.`,
  });
}

function noSecrets(): EngineError {
  return new EngineError({
    code: 'unsupported',
    message: 'cannot build with secrets: the classic builder takes none',
    hint: 'Build with BuildKit.',
  });
}
