/** `nacre files IMAGE [PATH]`: what is in an image or in one of its layers, one entry a line. */
import { EngineError } from '../../engine/errors.ts';
import { ROOT } from '../../engine/layers/breadth-tree.ts';
import type { ImageContents } from '../../engine/layers/contents.ts';
import { layerTree, lookUp, stackedFiles } from '../../engine/layers/path-lookup.ts';
import {
  isGlob,
  matchesPath,
  type PathPattern,
  parsePathPattern,
  plainPath,
} from '../../engine/layers/path-pattern.ts';
import { shownPath } from '../../engine/layers/shown-path.ts';
import { stackLayers } from '../../engine/layers/stack-layers.ts';
import type { Context } from '../context.ts';
import { exactJson } from '../exact-text.ts';
import { DONE, UsageError } from '../failure.ts';
import { fileDocument, fileLine } from '../file-row.ts';
import { type ListedTree, layerList, stackedList, walk } from '../file-rows.ts';
import { insideOf } from '../inside-image.ts';
import { LineWriter } from '../line-writer.ts';

export async function run(context: Context): Promise<number> {
  const { flags, operands, output, signal } = context;
  const [name = '', place = ''] = operands;
  const [json, digests, quiet, changes] = [
    flags.on('json'),
    flags.on('digests'),
    flags.on('quiet'),
    flags.on('changes'),
  ];
  if (json && quiet) throw new UsageError('--json and --quiet exclude each other');
  const sort = flags.text('sort') ?? 'path';
  if (sort !== 'path' && sort !== 'size') throw new UsageError(`--sort takes path or size, not '${sort}'`);
  const wanted = wantedLayer(flags.text('layer'));
  const pattern = isGlob(place) ? globOf(place) : undefined;

  const contents = await insideOf(context, name, { digests });
  const layer = wanted === undefined ? undefined : knownLayer(contents, wanted, name);
  const { tree, from } = listed(contents, { layer, changes, path: pattern === undefined ? place : '' });
  const lines = new LineWriter(output);
  let count = 0;
  for (const { entry, path } of sort === 'size' ? bySize(tree, from) : walk(tree, from)) {
    if (pattern !== undefined && !matchesPath(pattern, path)) continue;
    const row = tree.row(entry, path);
    if (row === undefined) continue;
    count++;
    const line = json ? exactJson(fileDocument(row)) : quiet ? shownPath(path) : fileLine(row, digests);
    const written = lines.add(line);
    if (written === undefined) continue;
    await written;
    // Nobody reads any more, or somebody has had enough.
    signal.throwIfAborted();
  }
  await lines.flush();
  if (count === 0 && pattern !== undefined) throw nothing(place, name, layer);
  return DONE;
}

function wantedLayer(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,4}$/.test(text))
    throw new UsageError(`--layer takes the number of a layer, the base being 1, not '${text}'`);
  return Number(text);
}

function knownLayer({ indexes }: ImageContents, wanted: number, name: string): number {
  if (wanted <= indexes.length) return wanted - 1;
  const has = indexes.length === 1 ? 'one layer' : `${indexes.length} layers`;
  throw new UsageError(`${name} has ${has}: there is no layer ${wanted}`);
}

function globOf(text: string): Exclude<PathPattern, { kind: 'digest' }> {
  const pattern = parsePathPattern(text);
  if (pattern.kind === 'digest') throw new UsageError('a digest is what nacre find looks for');
  return pattern;
}

interface Listed {
  readonly tree: ListedTree;
  /** The entry to begin with. */
  readonly from: number;
}

function listed(
  contents: ImageContents,
  {
    layer,
    changes,
    path,
  }: { readonly layer: number | undefined; readonly changes: boolean; readonly path: string },
): Listed {
  const bytes = plainPath(path);
  // A slash at the end asks for what a link leads to.
  const wanted = path.endsWith('/') && bytes.length > 0 ? Buffer.concat([bytes, Buffer.from('/')]) : bytes;
  if (layer === undefined) {
    const stack = stackLayers(contents.indexes);
    const removed = changes ? stack.find(bytes) : undefined;
    const from =
      bytes.length === 0
        ? ROOT
        : removed !== undefined && stack.change(removed) === 'removed'
          ? removed
          : lookUp(stackedFiles(stack), wanted);
    return { tree: stackedList(stack, changes), from };
  }
  return {
    tree: layerList(contents, layer, changes),
    from: bytes.length === 0 ? ROOT : lookUp(layerTree(contents.indexes[layer]!), wanted),
  };
}

/** Sorting needs them all, but not what is known of them. */
function bySize(tree: ListedTree, from: number): { readonly entry: number; readonly path: Buffer }[] {
  return [...walk(tree, from)].sort((a, b) => tree.size(b.entry) - tree.size(a.entry));
}

function nothing(place: string, name: string, layer: number | undefined): EngineError {
  return new EngineError({
    code: 'not-found',
    message: `nothing in ${layer === undefined ? '' : `layer ${layer + 1} of `}${name} matches ${place}`,
    hint: 'A pattern with a slash begins at the root: put **/ before it to mean any folder.',
  });
}
