/** Asks what to build: where from, under which names, and how. */
import { isAbsolute, join, relative, resolve } from 'node:path';
import type { BuilderKind } from '../engine/build.ts';
import { asEngineError } from '../engine/errors.ts';
import { parsePlatform } from '../engine/oci/platform.ts';
import { parseNewName } from '../engine/reference.ts';
import type { App } from './app.ts';
import { names, pairs, pairsText, secretSources, secretsText } from './build-fields.ts';
import { createBuildFiles, isFetched } from './build-files.ts';
import { openBuild } from './build-opening.ts';
import { expandHome, suggestNames } from './completion.ts';
import type { Found } from './file-look.ts';
import { plural } from './format.ts';
import type { BuildRequest } from './job-request.ts';
import type { Note, PromptField } from './overlay.ts';
import { answersOf, lookFor, openPrompt } from './prompting.ts';
import { fieldOf } from './text-field.ts';
import { startRequest } from './transfers.ts';

/** The fields in their order; the common ones come first. */
const FIELDS = [
  'context',
  'Dockerfile',
  'names',
  'target',
  'arguments',
  'secrets',
  'labels',
  'platform',
  'network',
  'cache',
  'base images',
  'builder',
] as const;
type Field = (typeof FIELDS)[number];
type Answers = Readonly<Record<Field, string>>;

const CACHE = ['is used', 'is not used'];
const BASES = ['as they are here', 'newer ones are pulled'];
const ANY_BUILDER = "the engine's own choice";

/** Filled with what was asked for in `from`; by default with what was built in this folder last time. */
export function askBuild(app: App, from = app.buildAnswers.recall(process.cwd())): void {
  const cwd = process.cwd();
  const look = lookFor(app, 6);
  const kinds = app.session.engine()?.builder?.kinds ?? [];
  const files = createBuildFiles();
  const typed = (): Answers => {
    const { overlay } = app.store.get();
    return answersIn(overlay?.kind === 'prompt' ? answersOf(overlay.prompt) : []);
  };
  const builders = [ANY_BUILDER, ...(kinds.length > 1 ? kinds : [])];
  const value = (field: Field): string => (from === undefined ? '' : textsOf(from, cwd)[field]);
  const fields: Readonly<Record<Field, Omit<PromptField, 'label'>>> = {
    context: {
      field: fieldOf(from === undefined ? '.' : value('context')),
      example: 'a folder, a git address, a tar or its address',
      suggest: (text) => files.contexts(text),
    },
    Dockerfile: {
      field: fieldOf(value('Dockerfile')),
      example: 'Dockerfile of the context',
      suggest: (text) => files.dockerfiles(typed().context, text),
    },
    names: {
      field: fieldOf(value('names')),
      example: 'such as acme/api:dev',
      suggest: (text) => {
        const last = names(text).at(-1) ?? '';
        const before = text.slice(0, text.length - last.length);
        return text.endsWith(last) ? suggestNames(app.store.get(), last).map((name) => before + name) : [];
      },
    },
    target: {
      field: fieldOf(value('target')),
      example: 'the last stage',
      suggest: (text) => files.stages(typed(), text),
    },
    arguments: { field: fieldOf(value('arguments')), example: 'such as VERSION=1.5 CHANNEL="next one"' },
    secrets: { field: fieldOf(value('secrets')), example: 'such as npm=~/.npmrc token=$TOKEN' },
    labels: { field: fieldOf(value('labels')), example: 'such as org.opencontainers.image.version=1.5' },
    platform: { field: fieldOf(value('platform')), example: "the engine's own" },
    network: {
      field: fieldOf(value('network')),
      example: 'default',
      suggest: (text) => ['default', 'none', 'host'].filter((name) => name.startsWith(text)),
    },
    cache: { field: fieldOf(value('cache') || CACHE[0]!), options: CACHE },
    'base images': { field: fieldOf(value('base images') || BASES[0]!), options: BASES },
    builder: {
      field: fieldOf(builders.includes(value('builder')) ? value('builder') : ANY_BUILDER),
      options: builders,
    },
  };
  openPrompt(app, {
    title: 'Build an image',
    verb: 'build',
    fields: FIELDS.map((label) => ({ label, optional: true, ...fields[label] })),
    note: (texts) => noteOf(answersIn(texts), cwd, look, from?.withheld ?? []),
    submit: (texts) => {
      const request = requestOf(answersIn(texts), cwd);
      app.buildAnswers.remember(cwd, request).catch((thrown: unknown) => {
        app.fail('what was asked for is not remembered', thrown);
      });
      const id = startRequest(app, request);
      if (id !== undefined) openBuild(app, id);
    },
  });
}

function answersIn(texts: readonly string[]): Answers {
  return Object.fromEntries(FIELDS.map((field, index) => [field, (texts[index] ?? '').trim()])) as Answers;
}

export function requestOf(answers: Answers, cwd: string): BuildRequest {
  const { context, Dockerfile, platform, network } = answers;
  const isAddress = isFetched(context);
  const place = isAddress ? context : resolve(cwd, expandHome(context));
  const kind = answers.builder as BuilderKind;
  return {
    kind: 'build',
    place,
    dockerfile: Dockerfile === '' || isAddress ? Dockerfile : resolve(cwd, expandHome(Dockerfile)),
    references: names(answers.names).map((name) => parseNewName(name).familiar()),
    target: answers.target,
    args: pairs(answers.arguments, process.env),
    labels: pairs(answers.labels),
    platform,
    network: network === 'default' ? '' : network,
    noCache: answers.cache === CACHE[1],
    pull: answers['base images'] === BASES[1],
    builder: answers.builder === ANY_BUILDER ? '' : kind,
    secrets: secretSources(answers.secrets).map(({ id, from }) => ({
      id,
      from: 'file' in from ? { file: resolve(cwd, expandHome(from.file)) } : from,
    })),
  };
}

/** The request as it would be typed. */
export function textsOf(request: BuildRequest, cwd: string): Answers {
  const short = (path: string): string => {
    if (!isAbsolute(path)) return path;
    const below = relative(cwd, path);
    return below === '' ? '.' : below.startsWith('..') ? path : below;
  };
  return {
    context: short(request.place),
    Dockerfile: short(request.dockerfile),
    names: request.references.join(' '),
    target: request.target,
    arguments: [pairsText(request.args), ...(request.withheld ?? []).map((name) => `${name}=`)]
      .filter((text) => text !== '')
      .join(' '),
    secrets: secretsText(request.secrets),
    labels: pairsText(request.labels),
    platform: request.platform,
    network: request.network,
    cache: CACHE[Number(request.noCache)]!,
    'base images': BASES[Number(request.pull)]!,
    builder: request.builder === '' ? ANY_BUILDER : request.builder,
  };
}

function noteOf(
  answers: Answers,
  cwd: string,
  look: (path: string) => Found,
  withheld: readonly string[],
): Note {
  const { context, Dockerfile } = answers;
  if (context === '') return { tone: 'advice', text: 'a folder, a git address, a tar or the address of one' };
  let request: BuildRequest;
  try {
    request = requestOf(answers, cwd);
    if (request.platform !== '') parsePlatform(request.platform);
  } catch (thrown) {
    const error = asEngineError(thrown);
    return {
      tone: 'wrong',
      text: error.code === 'engine' ? error.message : `${error.message}. ${error.hint}`,
    };
  }
  const missing = withheld.filter((name) => (request.args[name] ?? '') === '');
  if (missing.length > 0)
    return { tone: 'advice', text: `type the value of ${missing.join(' and ')}: it is kept nowhere` };
  if (!isFetched(context)) {
    const found = look(request.place);
    if (found === 'nothing') return { tone: 'wrong', text: `there is no folder or file ${context}` };
    if (found === 'folder') {
      const file = request.dockerfile === '' ? join(request.place, 'Dockerfile') : request.dockerfile;
      const other = look(file);
      if (other === 'nothing')
        return Dockerfile === ''
          ? { tone: 'wrong', text: `there is no Dockerfile in ${context}: name one, ↓ picks what was found` }
          : { tone: 'wrong', text: `there is no file ${Dockerfile}` };
      if (other === 'folder') return { tone: 'wrong', text: `${Dockerfile} is a folder` };
    }
  }
  const called =
    request.references.length === 0
      ? 'an image without a name'
      : request.references.slice(0, 2).join(' and ') +
        (request.references.length > 2 ? ` and ${plural(request.references.length - 2, 'more name')}` : '');
  return { tone: 'ok', text: `builds ${called}` };
}
