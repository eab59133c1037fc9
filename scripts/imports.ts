/**
 * Holds the layers apart: reads every import of src/ and names those that lead the wrong way.
 *
 *   node scripts/imports.ts [FOLDER]    FOLDER holds tsconfig.json and src/; by default this project
 *
 * Prints one line an offence, `file:line: why`, and exits 1; prints nothing when there is none.
 */
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Node, type SourceFile, SyntaxKind } from 'typescript/unstable/ast';
import {
  isExportDeclaration,
  isImportDeclaration,
  isLiteralTypeNode,
  isNamedExports,
  isNamedImports,
  isStringLiteralLikeNode,
} from 'typescript/unstable/ast/is';
import { API } from 'typescript/unstable/sync';

interface Layer {
  /** Its folder in src/. */
  readonly name: string;
  /** Folders of src/ that it imports nothing from, not even a type. */
  readonly folders: readonly string[];
  /** Packages that it imports nothing from; `ink` is also `ink/…` and `ink-…`. */
  readonly packages: readonly string[];
  /** Folders of src/ that it imports types from, and nothing else. */
  readonly typesOnly: readonly string[];
  readonly why: string;
}

const LAYERS: readonly Layer[] = [
  {
    name: 'engine',
    folders: ['app', 'views', 'cli'],
    packages: ['ink', 'react'],
    typesOnly: [],
    why: 'the engine knows no screen and no command line',
  },
  {
    name: 'app',
    folders: ['views', 'cli'],
    packages: [],
    typesOnly: [],
    why: 'the running program does not know how it is drawn, nor the commands beside it',
  },
  {
    name: 'views',
    folders: ['cli'],
    packages: [],
    typesOnly: ['engine'],
    why: 'views draw what they are given; of the engine they know only types',
  },
  {
    name: 'cli',
    folders: ['app', 'views'],
    packages: ['ink', 'react'],
    typesOnly: [],
    why: 'headless commands load no screen',
  },
];

interface Import {
  /** What stands between the quotes. */
  readonly from: string;
  /** Nothing of it is there when the program runs. */
  readonly typesOnly: boolean;
  /** From 1. */
  readonly line: number;
}

/** Static and dynamic imports, `export … from` and `import('…')` in types, as TypeScript itself found them. */
function importsOf(file: SourceFile): Import[] {
  const found = file.imports.filter(isStringLiteralLikeNode).map((specifier) => ({
    from: specifier.text,
    typesOnly: bringsTypesOnly(specifier.parent),
    line: file.getLineAndCharacterOfPosition(specifier.getStart(file)).line + 1,
  }));
  return found.sort((a, b) => a.line - b.line);
}

function bringsTypesOnly(node: Node): boolean {
  if (isLiteralTypeNode(node)) return true;
  if (isExportDeclaration(node)) {
    const { exportClause } = node;
    return (
      node.isTypeOnly ||
      (exportClause !== undefined && isNamedExports(exportClause) && allTypes(exportClause.elements))
    );
  }
  if (!isImportDeclaration(node) || node.importClause === undefined) return false;
  const { phaseModifier, name, namedBindings } = node.importClause;
  if (phaseModifier === SyntaxKind.TypeKeyword) return true;
  return (
    name === undefined &&
    namedBindings !== undefined &&
    isNamedImports(namedBindings) &&
    allTypes(namedBindings.elements)
  );
}

function allTypes(elements: Iterable<{ readonly isTypeOnly: boolean }>): boolean {
  const all = [...elements];
  return all.length > 0 && all.every((element) => element.isTypeOnly);
}

/** Why an import in a file of `layer` is an offence; undefined when it is none. */
function offence(layer: Layer, found: Import, folder: string | undefined): string | undefined {
  const { from, typesOnly } = found;
  const { name, why } = layer;
  if (folder === undefined) {
    const banned = layer.packages.some(
      (each) => from === each || from.startsWith(`${each}/`) || from.startsWith(`${each}-`),
    );
    return banned ? `${name} imports ${from}: ${why}` : undefined;
  }
  if (layer.folders.includes(folder)) return `${name} imports ${from}: ${why}`;
  if (layer.typesOnly.includes(folder) && !typesOnly)
    return `${name} imports more than types from ${from}: ${why}`;
  return undefined;
}

/** Every offence in FOLDER/src, as `src/engine/ledger.ts:3: why`. Throws where there is nothing to read. */
function offences(root: string): string[] {
  const source = join(root, 'src');
  const folderOf = (path: string) => relative(source, path).split(sep)[0] ?? '';
  const config = join(root, 'tsconfig.json');
  const api = new API({ cwd: root });
  try {
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
    const files = (project?.rootFiles ?? []).filter((path) => path.startsWith(source + sep));
    if (project === undefined || files.length === 0) throw new Error(`there is nothing to read in ${source}`);
    const lines: string[] = [];
    for (const path of files.toSorted()) {
      const layer = LAYERS.find((each) => each.name === folderOf(path));
      const file = project.program.getSourceFile(path);
      if (layer === undefined || file === undefined) continue;
      for (const found of importsOf(file)) {
        const isOwn = found.from.startsWith('.');
        const folder = isOwn ? folderOf(resolve(dirname(path), found.from)) : undefined;
        const why = offence(layer, found, folder);
        if (why !== undefined) lines.push(`${relative(root, path)}:${found.line}: ${why}`);
      }
    }
    return lines;
  } finally {
    api.close();
  }
}

const root = resolve(process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '..'));
const found = offences(root);
for (const line of found) console.error(line);
if (found.length > 0) process.exitCode = 1;
