/** Asking where files of an image are to be extracted to, never writing over others unasked, and the job that does it. */
import { dirname, isAbsolute, resolve } from 'node:path';
import type { ExtractItem } from '../engine/layers/extract-items.ts';
import { shownPath } from '../engine/layers/shown-path.ts';
import type { App } from './app.ts';
import { expandHome, suggestPaths } from './completion.ts';
import { connectedEngine } from './connected.ts';
import type { Found } from './file-look.ts';
import { type FilesTarget, filesTarget } from './files-page.ts';
import { bytes, plural } from './format.ts';
import type { JobRequest } from './job-request.ts';
import type { JobEnding, JobEvent } from './job-runner.ts';
import type { Note } from './overlay.ts';
import { lookFor, openPrompt } from './prompting.ts';
import { fieldOf } from './text-field.ts';
import { startRequest } from './transfers.ts';

type Extraction = Extract<JobRequest, { readonly kind: 'extract' }>;

export function notExtractable(app: App): string | undefined {
  const target = filesTarget(app.store.get());
  if (target === undefined) return 'there is no file under the cursor';
  const type = target.index.type(target.own);
  if (['file', 'directory', 'symlink', 'hardlink'].includes(type)) return undefined;
  return `a ${type.replace('-', ' ')} cannot be extracted`;
}

/** Of the file that is looked at, or else the one under the cursor. */
export function askExtract(app: App): void {
  const { fileView, files } = app.store.get();
  const target = fileView?.target ?? filesTarget(app.store.get());
  if (target === undefined || files === undefined) return;
  const path = shownPath(target.path);
  const name = path.slice(path.lastIndexOf('/') + 1) || 'root';
  const lookAt = lookFor(app, 3);
  const cwd = process.cwd();
  openPrompt(app, {
    title: `Extract /${path}`,
    verb: 'extract',
    fields: [{ label: 'to', field: fieldOf(name), suggest: (text) => suggestPaths(text, false) }],
    note: ([to = '']) => extractNote(to, name, target.folder, lookAt, cwd),
    submit: ([to = '']) => {
      const image = files.engine === '' ? files.name : files.id;
      void begin(app, target, requestOf(image, files.name, target), to.trim(), name);
    },
  });
}

/** What makes it the same again: paths are bytes, which are kept as Latin-1. */
function requestOf(image: string, name: string, target: FilesTarget): Omit<Extraction, 'to'> {
  const { alone, removed, layer, tree, path } = target;
  return {
    kind: 'extract',
    image,
    name,
    path: path.toString('latin1'),
    // What no container has comes from the layer that had it.
    ...(removed ? { layer } : alone === undefined ? {} : { layer: alone }),
    layers: tree.indexes.length,
    existing: 'refuse',
  };
}

/** What comes of it; of a relative name also where it lies. */
function extractNote(
  typed: string,
  name: string,
  isFolder: boolean,
  lookAt: (path: string) => Found,
  cwd: string,
): Note {
  if (typed.trim() === '')
    return { tone: 'advice', text: `a folder that is there, or a new name; it begins in ${cwd}` };
  const wanted = expandHome(typed.trim());
  const path = resolve(cwd, wanted);
  const isRelative = !isAbsolute(wanted);
  const where = isRelative ? ` in ${dirname(path)}` : '';
  const found = lookAt(path);
  if (found === 'folder') {
    const inside = lookAt(`${path}/${name}`);
    const there =
      inside === 'nothing' || inside === 'unknown'
        ? ''
        : ' · it is there: you are asked before anything is replaced';
    return { tone: 'ok', text: `goes into ${isRelative ? path : 'this folder'}, as ${name}${there}` };
  }
  if (found === 'file')
    return isFolder
      ? { tone: 'wrong', text: 'this is a file: a folder can only go into a folder' }
      : { tone: 'ok', text: `this file is there${where}: you are asked before it is replaced` };
  if (typed.trim().endsWith('/') && !isFolder) return { tone: 'wrong', text: 'there is no such folder' };
  if (lookAt(dirname(path)) === 'nothing')
    return { tone: 'wrong', text: `there is no folder ${dirname(path)}` };
  return {
    tone: 'ok',
    text: isFolder
      ? `a new folder${where}; what is in it is yours, with modes and times of the image`
      : `a new file${where}, which is yours, with mode and time of the image`,
  };
}

/** Looks first what is there. */
async function begin(
  app: App,
  target: FilesTarget,
  request: Omit<Extraction, 'to'>,
  typed: string,
  name: string,
): Promise<void> {
  // A slash at the end says that a folder is meant.
  const to = resolve(expandHome(typed)) + (typed.endsWith('/') ? '/' : '');
  try {
    const items = await itemsOf(target.contents.indexes, request);
    const { placeFor, takenItems } = await import('../engine/layers/extract-place.ts');
    const place = await placeFor(to, name, items[0]!);
    const taken = await takenItems(place, items);
    const whole = { ...request, to: place.root };
    if (taken.length === 0) startRequest(app, whole);
    else askReplace(app, whole, taken, items.filter((item) => item.type !== 'directory').length);
  } catch (thrown) {
    app.fail('nothing was extracted', thrown);
  }
}

function askReplace(app: App, request: Extraction, taken: readonly ExtractItem[], all: number): void {
  const start = (existing: Extraction['existing']): void => void startRequest(app, { ...request, existing });
  const rest = all - taken.length;
  const one = taken.length === 1;
  const [first] = taken;
  const title = one
    ? `${first!.path.length === 0 ? request.to : shownPath(first!.path)} is there already`
    : `${plural(taken.length, 'file')} of ${all} are there already, ${shownPath(first!.path)} first`;
  const answers: (readonly [string, (() => void) | undefined])[] = [
    [one ? 'keep it' : 'keep them', undefined],
    ...(rest > 0
      ? [[`keep ${one ? 'it' : 'them'}, and extract the other ${rest}`, () => start('keep')] as const]
      : []),
    [
      one ? 'replace it when the new one is whole' : 'replace each when the new one is whole',
      () => start('replace'),
    ],
  ];
  app.store.update((state) => ({
    ...state,
    overlay: {
      kind: 'choice',
      choice: {
        title,
        rows: answers.map(([text], at) => (at === 0 && rest > 0 ? `${text}, and extract nothing` : text)),
        index: 0,
        verb: 'choose',
        submit: (index) => answers[index]?.[1]?.(),
      },
    },
  }));
}

async function itemsOf(
  indexes: FilesTarget['contents']['indexes'],
  { path, layer, layers }: Pick<Extraction, 'path' | 'layer' | 'layers'>,
): Promise<readonly ExtractItem[]> {
  const [{ layerItems, stackedItems }, { layerTree, lookUp, stackedFiles }, { stackLayers }] =
    await Promise.all([
      import('../engine/layers/extract-items.ts'),
      import('../engine/layers/path-lookup.ts'),
      import('../engine/layers/stack-layers.ts'),
    ]);
  const bytes = Buffer.from(path, 'latin1');
  if (layer !== undefined) return layerItems(indexes, layer, lookUp(layerTree(indexes, layer), bytes));
  const tree = stackLayers(indexes.slice(0, layers));
  return stackedItems(tree, lookUp(stackedFiles(tree), bytes));
}

/** The job: what is in the image is known from before in most cases, and read anew where it is not. */
export async function* extractFiles(
  app: App,
  request: Extraction,
  signal: AbortSignal,
): AsyncGenerator<JobEvent, JobEnding, void> {
  const [{ openContents }, { readContents }, { layerIndexCache }, { extract }, { placeAt }] =
    await Promise.all([
      import('../engine/layers/open-contents.ts'),
      import('../engine/layers/read-contents.ts'),
      import('../engine/layers/index-folder.ts'),
      import('../engine/layers/extract.ts'),
      import('../engine/layers/extract-place.ts'),
    ]);
  const { image, to, existing } = request;
  const { insecureRegistries } = app;
  const source = await openContents(() => Promise.resolve(connectedEngine(app)), image, {
    insecureRegistries,
  });
  const reading = readContents(source, { cache: layerIndexCache(), partial: false, signal });
  let step = await reading.next();
  for (; !step.done; step = await reading.next())
    if (step.value.type === 'read')
      yield { type: 'part', id: 'index', stage: 'reading', done: step.value.bytes, total: step.value.total };
  const contents = step.value;
  const items = await itemsOf(contents.indexes, request);
  // Since it was asked for, something may have come there.
  const result = yield* extract(source, contents, items, placeAt(to), { existing, signal });
  const left = result.leftOut.length;
  const notes = [
    `${plural(result.files, 'file')}, ${bytes(result.bytes)}`,
    result.kept > 0 ? `${result.kept} kept as ${result.kept === 1 ? 'it was' : 'they were'}` : '',
    left > 0 ? `${plural(left, 'device or pipe', 'devices and pipes')} left out` : '',
  ];
  return { status: 'done', note: notes.filter((note) => note !== '').join(' · ') };
}
