/** `nacre cp IMAGE:PATH DEST`: a file or folder of an image to the disk, or as a tar to stdout. */
import type { ContentSource, ImageContents } from '../../engine/layers/contents.ts';
import { type ExtractResult, extract } from '../../engine/layers/extract.ts';
import { type ExtractItem, layerItems, stackedItems } from '../../engine/layers/extract-items.ts';
import { placeFor } from '../../engine/layers/extract-place.ts';
import { extractTar } from '../../engine/layers/extract-tar.ts';
import { layerTree, lookUp, stackedFiles } from '../../engine/layers/path-lookup.ts';
import { stackLayers } from '../../engine/layers/stack-layers.ts';
import type { Context } from '../context.ts';
import { DONE, UsageError } from '../failure.ts';
import { contentsOf, sourceOf } from '../inside-image.ts';
import { follow } from '../progress/follow.ts';
import { askLine } from '../question.ts';

export async function run(context: Context): Promise<number> {
  const { flags, operands, io, signal, output } = context;
  const [from = '', destination = ''] = operands;
  const { image, path } = parted(from);
  const layer = wantedLayer(flags.text('layer'));
  if (destination === '') throw new UsageError('DEST is empty: . is the folder you are in');
  const isTar = destination === '-';
  if (isTar && io.stdout.isTTY)
    throw new UsageError('a tar is nothing for a terminal: name a file or folder, or send stdout elsewhere');
  if (isTar && flags.on('json'))
    throw new UsageError('--json goes without -, because the tar goes to stdout');
  const source = await sourceOf(context, image);
  const contents = await contentsOf(context, source, image);
  const items = itemsAt(contents, image, path, layer);
  const name = nameOf(path);
  if (isTar) {
    await follow(context, extractTar(source, contents, items, name, output.sink(), { signal }));
    return DONE;
  }
  const result = await toDisk(context, source, contents, items, destination, name);
  if (flags.on('json')) await output.jsonLine({ type: 'result', ...result });
  return DONE;
}

/** `app:2:/etc/passwd`: names of images have colons, too, but none before a slash that begins a path. */
function parted(text: string): { readonly image: string; readonly path: string } {
  const at = text.search(/:(?=\/|\.\.?(?:\/|$))/);
  if (at > 0) return { image: text.slice(0, at), path: text.slice(at + 1) };
  throw new UsageError(`'${text}' names no file of an image: IMAGE:/PATH, for example app:2:/etc/passwd`);
}

function wantedLayer(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,4}$/.test(text))
    throw new UsageError(`--layer takes the number of a layer, the base being 1, not '${text}'`);
  return Number(text) - 1;
}

function itemsAt(
  { indexes }: ImageContents,
  image: string,
  path: string,
  layer: number | undefined,
): readonly ExtractItem[] {
  const bytes = Buffer.from(path);
  if (layer === undefined) {
    const tree = stackLayers(indexes);
    return stackedItems(tree, lookUp(stackedFiles(tree), bytes));
  }
  if (indexes[layer] === undefined)
    throw new UsageError(`${image} has ${indexes.length} layers: there is no ${layer + 1}`);
  return layerItems(indexes, layer, lookUp(layerTree(indexes, layer), bytes));
}

/** What it is called; `''` where only what is in a folder is meant, as for `/` and `/etc/.`. */
function nameOf(path: string): string {
  const last = path.replace(/\/+$/, '').split('/').at(-1)!;
  return last === '.' || last === '..' ? '' : last;
}

async function toDisk(
  context: Context,
  source: ContentSource,
  contents: ImageContents,
  items: readonly ExtractItem[],
  destination: string,
  name: string,
): Promise<ExtractResult> {
  const { flags, io, signal } = context;
  const place = await placeFor(destination, name, items[0]!);
  const canAsk = io.stdin.isTTY && io.stderr.isTTY && !flags.on('json') && !flags.on('quiet');
  const existing = flags.on('force') ? 'replace' : canAsk ? asking(context) : 'refuse';
  return follow(context, extract(source, contents, items, place, { signal, existing }));
}

/** For each that is there, until somebody says what becomes of all others. */
function asking({ io, signal }: Context): (path: string) => Promise<'keep' | 'replace'> {
  let all: 'keep' | 'replace' | undefined;
  return async (path) => {
    if (all !== undefined) return all;
    const answer = await askLine(
      io,
      `${path} is there already. Replace it? [y]es, [N]o, [a]ll, n[o]ne `,
      signal,
    );
    const letter = (answer ?? 'o').toLowerCase();
    if (letter.startsWith('a')) all = 'replace';
    if (letter === 'o' || letter === 'none') all = 'keep';
    return all ?? (letter.startsWith('y') ? 'replace' : 'keep');
  };
}
