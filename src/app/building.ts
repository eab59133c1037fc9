/** Carries out a build that was asked for: its context, its builder, and what came of it. */
import type { Build, BuildEvent, BuildOptions, BuildResult, ImageBuilder } from '../engine/build.ts';
import type { BuildContext } from '../engine/context/build-context.ts';
import { EngineError } from '../engine/errors.ts';
import type { App } from './app.ts';
import { connectedEngine } from './connected.ts';
import { duration, shortId } from './format.ts';
import { type BuildRequest, openPlace } from './job-request.ts';
import type { JobEnding, JobEvent, TellJob } from './job-runner.ts';

/** What a build is called in the list: `./services/api → acme/api:dev`. */
export function buildSubject({ place, references, target }: BuildRequest): string {
  const from = shownPlace(place);
  const to = references[0] ?? (target === '' ? '' : `target ${target}`);
  return to === '' ? from : `${from} → ${to}`;
}

/** A folder below the working one as `./x`; an address without what is nobody's business. */
function shownPlace(place: string, cwd = process.cwd()): string {
  if (place === cwd) return '.';
  if (place.startsWith(`${cwd}/`)) return `.${place.slice(cwd.length)}`;
  return openPlace(place);
}

export async function* build(
  app: App,
  request: BuildRequest,
  signal: AbortSignal,
  tell: TellJob,
): AsyncGenerator<JobEvent, JobEnding, void> {
  const engine = connectedEngine(app);
  const { builder } = engine;
  if (builder === undefined)
    throw new EngineError({
      code: 'unsupported',
      message: engine.absent.builder ?? 'this engine builds no images',
      hint: 'E switches to another engine.',
    });
  const began = app.clock();
  const { openContext } = await import('../engine/context/open-context.ts');
  const context = await openContext(request.place, {
    dockerfile: request.dockerfile === '' ? undefined : request.dockerfile,
    signal,
  });
  try {
    yield await originOf(context, request, builder);
    const named: string[] = [];
    const hear = hearing(context, named, tell);
    const result = await resultOf(
      builder.build(context.stream, {
        ...(await optionsOf(request, context, signal)),
        onNamed: (record) => void named.push(record),
        onEvents: hear,
      }),
    );
    await hear([]);
    if (result.id !== '') {
      // It is done without knowing what each step added.
      const history = await engine.history(result.id, { signal }).catch(() => []);
      yield { type: 'made', history };
    }
    const [reference = ''] = result.references;
    const name = reference === '' ? shortId(result.id) : reference;
    return {
      status: 'done',
      note: `${name} in ${duration(app.clock() - began)}`,
      images: result.id === '' ? [] : [{ id: result.id, reference }],
    };
  } finally {
    await context.close();
  }
}

async function originOf(
  context: BuildContext,
  request: BuildRequest,
  builder: ImageBuilder,
): Promise<JobEvent> {
  let stages: readonly string[] = [];
  if (context.text !== undefined) {
    const { parseDockerfile } = await import('../engine/context/dockerfile.ts');
    const parsed = await parseDockerfile(context.text);
    stages = parsed.stages.map((stage) => (stage.name === '' ? String(stage.index) : stage.name));
  }
  return {
    type: 'origin',
    file: context.file ?? '',
    stages,
    builder: request.builder === '' ? builder.kinds[0]! : request.builder,
  };
}

async function optionsOf(
  request: BuildRequest,
  context: BuildContext,
  signal: AbortSignal,
): Promise<BuildOptions> {
  const { references, target, args, labels, platform, network, noCache, pull, builder } = request;
  const { openSecret } = await import('../engine/build-secret.ts');
  const secrets = await Promise.all(
    request.secrets.map((secret) => openSecret(secretText(secret), { env: process.env, cwd: process.cwd() })),
  );
  return {
    signal,
    dockerfile: context.dockerfile,
    references,
    args,
    labels,
    noCache,
    pull,
    secrets,
    ...(target !== '' && { target }),
    ...(platform !== '' && { platform }),
    ...(network !== '' && { network }),
    ...(builder !== '' && { builder }),
  };
}

/** As docker's `--secret` spells it. */
function secretText({ id, from }: BuildRequest['secrets'][number]): string {
  const quoted = (text: string): string => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return 'env' in from ? `id=${id},env=${from.env}` : `id=${id},${quoted(`src=${from.file}`)}`;
}

/** Tells a builder's events on, with how much of the context was read, and what was passed over in it. */
function hearing(
  context: BuildContext,
  named: string[],
  tell: TellJob,
): (events: readonly BuildEvent[]) => Promise<void> | undefined {
  let warned = 0;
  let files = -1;
  return (events) => {
    const beside: JobEvent[] = [];
    const sent = context.sent();
    if (sent.files !== files || events.some(({ type }) => type === 'part')) {
      files = sent.files;
      beside.push({ type: 'sent', ...sent });
    }
    for (; warned < context.warnings.length; warned++)
      beside.push({ type: 'line', topic: 'context', text: context.warnings[warned]! });
    for (const record of named.splice(0)) beside.push({ type: 'named', record });
    return tell(beside.length === 0 ? events : [...beside, ...events]);
  };
}

/** Its result, at its end. */
async function resultOf(build: Build): Promise<BuildResult> {
  try {
    for (;;) {
      const { done, value } = await build.next();
      if (done === true) return value;
    }
  } finally {
    await build.return(undefined as never);
  }
}
