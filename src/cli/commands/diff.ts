/** `nacre diff IMAGE IMAGE`: how two images differ, wherever each of them lies. */
import type { Writable } from 'node:stream';
import { EngineError } from '../../engine/errors.ts';
import { lookUp, stackedFiles } from '../../engine/layers/path-lookup.ts';
import { plainPath } from '../../engine/layers/path-pattern.ts';
import type { StackedTree } from '../../engine/layers/stacked-tree.ts';
import { line } from '../../engine/text.ts';
import { type Compared, comparedImages, comparedPackages, comparedText } from '../compared-images.ts';
import type { Context } from '../context.ts';
import { diffDocument, type Section } from '../diff-document.ts';
import { diffReport } from '../diff-report.ts';
import { exactJson } from '../exact-text.ts';
import { DONE, UsageError } from '../failure.ts';
import { LineWriter } from '../line-writer.ts';
import { binaryText, patchBytes, shownPatch } from '../patch-text.ts';
import { count } from '../plan-report.ts';

const SECTIONS: readonly Section[] = ['config', 'layers', 'packages', 'files'];
/** `--config` is the file with a person's own settings. */
const flagOf = (section: Section): string => (section === 'config' ? 'image-config' : section);
/** As diff(1) and git have it. */
const DIFFERENT = 1;

export async function run(context: Context): Promise<number> {
  const { flags, operands } = context;
  const [one = '', other = ''] = operands;
  const path = flags.text('patch');
  const asked = SECTIONS.filter((section) => flags.on(flagOf(section)));
  if (path !== undefined) {
    const excluded = [...asked.map(flagOf), 'all', 'json', 'quick'].find((flag) => flags.on(flag));
    if (excluded !== undefined) throw new UsageError(`--patch and --${excluded} exclude each other`);
  }
  const sections = new Set(asked.length === 0 ? SECTIONS : asked);
  const compared = await comparedImages(context, [one, other], {
    layers: path !== undefined || sections.size > 1 || !sections.has('config'),
    // Whose text is shown whole needs no digests.
    digests: path === undefined && !flags.on('quick') && (sections.has('files') || sections.has('packages')),
  });
  const differ =
    path === undefined ? await report(context, compared, sections) : await patch(context, compared, path);
  return differ && flags.on('exit-code') ? DIFFERENT : DONE;
}

/** Whether anything that was asked for differs. */
async function report(
  context: Context,
  compared: Compared,
  sections: ReadonlySet<Section>,
): Promise<boolean> {
  const { flags, operands, output, io, complain } = context;
  const [one = '', other = ''] = operands;
  const { comparison, sources } = compared;
  const packages = sections.has('packages') ? await comparedPackages(context, compared) : undefined;
  const lines = new LineWriter(output);
  if (flags.on('json')) await lines.add(exactJson(diffDocument(comparison, sources, sections, packages)));
  else
    for (const row of diffReport(comparison, [line(one), line(other)], {
      sections,
      packages,
      all: flags.on('all'),
    }))
      await lines.add(row);
  await lines.flush();
  for (const { path, why } of packages?.problems ?? [])
    complain(`the packages of /${path} are not compared: ${why}`);
  const { assumed } = comparison.files;
  if (sections.has('files') && assumed > 0)
    io.stderr.write(
      `${count(assumed, 'file')} of the same size and time passed for the same: without --quick they are read.\n`,
    );
  return (
    (sections.has('config') && comparison.config.length > 0) ||
    (sections.has('layers') && comparison.layers.some(({ kind }) => kind !== 'shared')) ||
    (sections.has('files') && comparison.files.list.length > 0) ||
    (packages?.list.length ?? 0) > 0
  );
}

async function patch(context: Context, compared: Compared, asked: string): Promise<boolean> {
  const { output, io } = context;
  const { comparison } = compared;
  const before = placeOf(comparison.treeA, asked);
  const after = placeOf(comparison.treeB, asked);
  if (before === undefined && after === undefined)
    throw new EngineError({
      code: 'not-found',
      message: `there is no ${asked} in either image`,
      hint: 'List the files that differ with nacre diff --files --all.',
    });
  const diff = await comparedText(context, compared, { before, after });
  const path = plainPath(asked);
  const names = [before === undefined ? undefined : path, after === undefined ? undefined : path] as const;
  if (diff.kind === 'none' && diff.binary === true) {
    await output.write(binaryText(names));
    return true;
  }
  if (diff.kind === 'none')
    throw new EngineError({
      code: 'unsupported',
      message: `${asked} cannot be shown as text: ${diff.why}`,
      hint: 'See whether it differs with nacre diff --files.',
    });
  if (diff.hunks.length > 0) {
    if (io.stdout.isTTY === true) await output.write(shownPatch(diff.hunks, names));
    else await written(output.sink(), patchBytes(diff.hunks, names));
  }
  return diff.hunks.length > 0 || (before === undefined) !== (after === undefined);
}

function placeOf(tree: StackedTree, path: string): number | undefined {
  try {
    return lookUp(stackedFiles(tree), plainPath(path));
  } catch (thrown) {
    if (thrown instanceof EngineError && thrown.code === 'not-found') return undefined;
    throw thrown;
  }
}

function written(sink: Writable, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => sink.end(bytes, () => resolve()));
}
