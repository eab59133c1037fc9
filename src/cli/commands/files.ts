/** `nacre files IMAGE [PATH]`: what is in an image or in one of its layers, one entry a line. */
import { EngineError } from '../../engine/errors.ts';
import { ROOT } from '../../engine/layers/breadth-tree.ts';
import type { ImageContents } from '../../engine/layers/contents.ts';
import { missingPath } from '../../engine/layers/missing-path.ts';
import { leadingNames } from '../../engine/layers/path-links.ts';
import { type FileTree, layerTree, lookUp, stackedFiles } from '../../engine/layers/path-lookup.ts';
import {
  isGlob,
  matchesPath,
  type PathPattern,
  type PatternPart,
  parsePathPattern,
  plainParts,
  plainPath,
} from '../../engine/layers/path-pattern.ts';
import { shownPath } from '../../engine/layers/shown-path.ts';
import { stackLayers } from '../../engine/layers/stack-layers.ts';
import type { Context } from '../context.ts';
import { exactJson } from '../exact-text.ts';
import { DONE, UsageError } from '../failure.ts';
import { fileDocument, fileLine } from '../file-row.ts';
import { type ListedTree, listedLayer, stackedList, topmostList, walk } from '../file-rows.ts';
import { insideOf } from '../inside-image.ts';
import { layerList } from '../layer-list.ts';
import { LineWriter } from '../line-writer.ts';

const SLASH = Buffer.from('/');

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
  const glob = isGlob(place) ? globOf(place) : undefined;

  const contents = await insideOf(context, name, { digests });
  const layer = wanted === undefined ? undefined : knownLayer(context, contents, wanted, name);
  const wantedPlace = glob ?? place;
  const { tree, from, pattern } = listed(contents, { layer, changes, place: wantedPlace });
  const lines = new LineWriter(output);
  let count = 0;
  for (const { entry, path } of sort === 'size' ? bySize(tree, from) : walk(tree, from)) {
    if (!tree.lists(entry) || (pattern !== undefined && !matchesPath(pattern, path))) continue;
    count++;
    const row = () => tree.row(entry, path);
    const line = json ? exactJson(fileDocument(row())) : quiet ? shownPath(path) : fileLine(row(), digests);
    const written = lines.add(line);
    if (written === undefined) continue;
    await written;
    // Nobody reads any more, or somebody has had enough.
    signal.throwIfAborted();
  }
  await lines.flush();
  if (count === 0 && pattern !== undefined) throw nothing(place, name, layer);
  if (count === 0 && from !== ROOT)
    throw missingPath({ indexes: contents.indexes, layer, path: tree.path(from) });
  return DONE;
}

function wantedLayer(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,4}$/.test(text))
    throw new UsageError(
      `--layer takes the number of a layer, counted from the base, which is 1, not '${text}'`,
    );
  return Number(text);
}

function knownLayer(
  { io }: Context,
  { image: { layers } }: ImageContents,
  wanted: number,
  name: string,
): number {
  if (wanted <= layers.length) return wanted - 1;
  const has = layers.length === 1 ? 'one layer' : `${layers.length} layers`;
  // Whoever took the number of a step sees which layer that is.
  if (layers.length > 0) io.stderr.write(`${layerList(layers).join('\n')}\n`);
  throw new UsageError(
    `${name} has ${has}: there is no layer ${wanted}. Layers are counted from the base, which is 1; steps of the history are not`,
  );
}

type Glob = Exclude<PathPattern, { kind: 'digest' }>;

function globOf(text: string): Glob {
  const pattern = parsePathPattern(text);
  if (pattern.kind === 'digest') throw new UsageError('a digest is what nacre find looks for');
  return pattern;
}

interface Listed {
  readonly tree: ListedTree;
  /** The entry to begin with. */
  readonly from: number;
  /** What of it is meant; undefined for all. */
  readonly pattern?: Glob | undefined;
}

function listed(
  contents: ImageContents,
  {
    layer,
    changes,
    place,
  }: {
    readonly layer: number | undefined;
    readonly changes: boolean;
    /** A path, or a pattern. */
    readonly place: string | Glob;
  },
): Listed {
  const { indexes } = contents;
  const isAlone = layer !== undefined && !changes;
  const stack = isAlone
    ? undefined
    : stackLayers(layer === undefined ? indexes : indexes.slice(0, layer + 1));
  // Where a path is not found, it is this layer that has nothing there, and others may.
  const files = stack === undefined ? layerTree(indexes, layer!) : { ...stackedFiles(stack), indexes, layer };
  const tree =
    stack === undefined
      ? listedLayer(contents, layer!)
      : layer === undefined
        ? stackedList(stack, changes)
        : topmostList(stack);
  if (typeof place !== 'string') return { tree, ...linkedGlob(files, place) };
  const bytes = plainPath(place);
  if (bytes.length === 0) return { tree, from: ROOT };
  const removed = changes ? stack?.find(bytes) : undefined;
  if (removed !== undefined && stack?.change(removed) === 'removed') return { tree, from: removed };
  // A slash at the end asks for what a link leads to.
  return { tree, from: lookUp(files, place.endsWith('/') ? Buffer.concat([bytes, SLASH]) : bytes) };
}

/** Links in the plain parts that a pattern begins with are followed, as those of a path are. */
function linkedGlob(files: FileTree, pattern: Glob): Pick<Listed, 'from' | 'pattern'> {
  const way = pattern.kind === 'path' ? leadingNames(pattern.parts) : [];
  if (pattern.kind !== 'path' || way.length === 0) return { from: ROOT, pattern };
  const folder = Buffer.concat(way.flatMap((name) => [name, SLASH]));
  let from: number;
  try {
    from = lookUp(files, folder);
  } catch {
    // Layers may have removed it: what matches then is found by its own path.
    return { from: ROOT, pattern };
  }
  const parts: PatternPart[] = from === ROOT ? [] : plainParts(files.path(from));
  return { from, pattern: { kind: 'path', parts: [...parts, ...pattern.parts.slice(way.length)] } };
}

/** Sorting needs them all, but only their numbers. */
function* bySize(
  tree: ListedTree,
  from: number,
): Generator<{ readonly entry: number; readonly path: Buffer }> {
  const entries: number[] = [];
  for (const { entry } of walk(tree, from)) entries.push(entry);
  entries.sort((a, b) => tree.size(b) - tree.size(a));
  for (const entry of entries) yield { entry, path: tree.path(entry) };
}

function nothing(place: string, name: string, layer: number | undefined): EngineError {
  return new EngineError({
    code: 'not-found',
    message: `nothing in ${layer === undefined ? '' : `layer ${layer + 1} of `}${name} matches ${place}`,
    hint: 'A pattern with a slash begins at the root: put **/ before it to mean any folder.',
  });
}
