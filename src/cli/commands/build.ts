/** `nacre build PATH|URL|-`: builds an image; on stdout stand docker's last lines, with `-q` its id. */
import { rm, writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import type { BuilderKind, BuildOptions, BuildResult } from '../../engine/build.ts';
import { openSecret } from '../../engine/build-secret.ts';
import type { BuildContext } from '../../engine/context/build-context.ts';
import { openContext } from '../../engine/context/open-context.ts';
import type { Engine } from '../../engine/engine.ts';
import { EngineError } from '../../engine/errors.ts';
import { parseNewName, shortId } from '../../engine/reference.ts';
import type { Context } from '../context.ts';
import { DONE, UsageError } from '../failure.ts';
import type { FlagValues } from '../flag.ts';
import { BuildMemory } from '../progress/build-memory.ts';
import { failureLines, warningLines } from '../progress/build-report.ts';
import { openView, wantedView } from '../progress/build-view.ts';
import { showAll } from '../progress/follow.ts';
import { paintFor } from '../progress/paint.ts';
import { wantedPlatform } from '../wanted-platform.ts';

export async function run(context: Context): Promise<number> {
  const { flags, operands, io, signal, output } = context;
  const place = operands[0]!;
  const dockerfile = flags.text('file');
  const idFile = flags.text('iidfile');
  checkStandardInput(place, dockerfile, io.stdin.isTTY);
  const shown = wantedView(context);
  const wanted = wantedBuilder(flags.text('builder'));
  const asked = await wantedBuild(flags, io.env);
  const { engine } = await context.connect();
  const builder = builderOf(engine);
  // Docker's own switch counts where nothing else is asked for.
  const classic = io.env['DOCKER_BUILDKIT'] === '0' && builder.kinds.includes('classic');
  const kind = wanted ?? (classic ? 'classic' : builder.kinds[0]!);
  // What is left of an earlier build must not be taken for the result of one that failed.
  if (idFile !== undefined) await rm(idFile, { force: true });
  const opened = await openContext(place, { signal, env: io.env, stdin: io.stdin, dockerfile });
  const memory = new BuildMemory();
  const view = openView(shown, context, memory);
  const stop = () => view?.stopping();
  signal.addEventListener('abort', stop, { once: true });
  let result: BuildResult;
  try {
    const build = builder.build(opened.stream, {
      ...asked,
      builder: kind,
      dockerfile: opened.dockerfile,
      signal,
    });
    result = await showAll(build, {
      show(event) {
        memory.add(event, Date.now());
        return view?.show(event);
      },
      end: () => view?.end(),
    });
  } catch (thrown) {
    if (signal.aborted) sayCancelled(context, engine);
    else await sayFailed(context, memory, opened, kind);
    throw thrown;
  } finally {
    signal.removeEventListener('abort', stop);
    if (view !== undefined) await sayWarnings(context, memory, opened);
    await opened.close();
  }
  if (idFile !== undefined) await writeId(idFile, result.id);
  if (flags.on('json')) await output.jsonLine({ type: 'result', ...result });
  else await output.write(dockerLines(result, flags.on('quiet')));
  return DONE;
}

async function writeId(file: string, id: string): Promise<void> {
  await writeFile(file, id).catch((thrown: Error) => {
    throw new EngineError({
      code: 'bad-input',
      message: `the image ${shortId(id)} is built, but its id cannot be written: ${thrown.message}`,
      hint: 'Give --iidfile a file that can be written.',
    });
  });
}

function dockerLines({ id, references }: BuildResult, quiet: boolean): string {
  if (quiet) return `${id}\n`;
  const tagged = references.map((reference) => `Successfully tagged ${reference}\n`);
  return `Successfully built ${shortId(id)}\n${tagged.join('')}`;
}

function checkStandardInput(place: string, dockerfile: string | undefined, isTerminal: boolean): void {
  if (place === '-' && dockerfile === '-')
    throw new UsageError('stdin cannot be both the context and the Dockerfile');
  if ((place === '-' || dockerfile === '-') && isTerminal)
    throw new UsageError('build would read from stdin, and that is a terminal: send something in');
}

function builderOf({ builder, absent }: Engine) {
  if (builder !== undefined) return builder;
  throw new EngineError({
    code: 'unsupported',
    message: `nothing can be built here: ${absent.builder ?? 'this engine has no builder'}`,
    hint: 'Name an engine with --host or --context.',
  });
}

type Asked = Omit<BuildOptions, 'signal' | 'builder' | 'dockerfile' | 'onNamed'>;

async function wantedBuild(flags: FlagValues, env: NodeJS.ProcessEnv): Promise<Asked> {
  const target = flags.text('target');
  const network = flags.text('network');
  const secrets = flags.list('secret').map((text) => openSecret(text, { env, cwd: process.cwd() }));
  return {
    references: flags.list('tag').map((name) => parseNewName(name).familiar()),
    args: pairs(flags.list('build-arg'), '--build-arg', (name) => env[name]),
    labels: pairs(flags.list('label'), '--label', () => ''),
    noCache: flags.on('no-cache'),
    pull: flags.on('pull'),
    secrets: await Promise.all(secrets),
    ...wantedPlatform(flags),
    ...(target !== undefined && { target }),
    ...(network !== undefined && { network }),
  };
}

/** `KEY=value`; what a lone `KEY` stands for may be nothing at all. */
function pairs(
  texts: readonly string[],
  flag: string,
  alone: (name: string) => string | undefined,
): Record<string, string> {
  const found: Record<string, string> = {};
  for (const text of texts) {
    const cut = text.indexOf('=');
    const name = cut < 0 ? text : text.slice(0, cut);
    if (name === '') throw new UsageError(`${flag} takes KEY=value, not '${text}'`);
    const value = cut < 0 ? alone(name) : text.slice(cut + 1);
    if (value !== undefined) found[name] = value;
  }
  return found;
}

const BUILDERS: readonly BuilderKind[] = ['buildkit', 'classic', 'buildah'];

function wantedBuilder(text: string | undefined): BuilderKind | undefined {
  if (text === undefined) return undefined;
  const builder = BUILDERS.find((each) => each === text);
  if (builder === undefined) throw new UsageError(`--builder takes ${BUILDERS.join(', ')}, not '${text}'`);
  return builder;
}

function shownPath({ file, dockerfile }: BuildContext): string {
  if (file === undefined) return dockerfile;
  const path = relative(process.cwd(), file);
  return path.startsWith('..') ? file : path;
}

async function sayWarnings(
  { io, flags, output }: Context,
  memory: BuildMemory,
  opened: BuildContext,
): Promise<void> {
  if (flags.on('json')) {
    for (const text of opened.warnings) await output.jsonLine({ type: 'line', topic: 'context', text });
    return;
  }
  const lines = [
    ...opened.warnings.map((text) => `warning: ${text}`),
    ...warningLines(memory.progress.warnings, shownPath(opened)),
  ];
  for (const text of lines) io.stderr.write(`${text}\n`);
}

async function sayFailed(
  context: Context,
  memory: BuildMemory,
  opened: BuildContext,
  kind: BuilderKind,
): Promise<void> {
  if (context.flags.on('json')) return;
  const source = { path: shownPath(opened), text: opened.text, kind };
  const lines = await failureLines(memory, source, paintFor(context));
  for (const text of lines) context.io.stderr.write(`${text}\n`);
}

function sayCancelled({ complain }: Context, { info }: Engine): void {
  complain(
    'the build was cancelled',
    info.kind === 'podman' ? 'Podman lets the step that runs go on to its end, and keeps nothing of it' : '',
  );
}
