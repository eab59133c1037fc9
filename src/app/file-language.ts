/** Which language a file is written in, by its name or its first line. Pure. */

/** Languages that are highlighted, by the names that highlight.js has for them. */
export type FileLanguage =
  | 'bash'
  | 'c'
  | 'cpp'
  | 'css'
  | 'diff'
  | 'dockerfile'
  | 'go'
  | 'ini'
  | 'java'
  | 'javascript'
  | 'json'
  | 'lua'
  | 'makefile'
  | 'markdown'
  | 'nginx'
  | 'perl'
  | 'php'
  | 'python'
  | 'ruby'
  | 'rust'
  | 'sql'
  | 'typescript'
  | 'xml'
  | 'yaml';

const ENDINGS: Readonly<Record<FileLanguage, string>> = {
  bash: 'sh bash zsh ash ksh profile bashrc zshrc env postinst preinst postrm prerm config-sh',
  c: 'c h',
  cpp: 'cc cpp cxx hpp hh hxx',
  css: 'css',
  diff: 'diff patch',
  dockerfile: 'dockerfile containerfile',
  go: 'go',
  ini: 'ini toml conf cfg cnf service socket timer mount target desktop properties repo npmrc editorconfig gitconfig',
  java: 'java',
  javascript: 'js mjs cjs jsx',
  json: 'json jsonl map webmanifest ipynb',
  lua: 'lua',
  makefile: 'mk mak',
  markdown: 'md markdown',
  nginx: 'nginx',
  perl: 'pl pm t',
  php: 'php phtml',
  python: 'py pyi pyw',
  ruby: 'rb gemspec rake',
  rust: 'rs',
  sql: 'sql',
  typescript: 'ts mts cts tsx',
  xml: 'xml html htm xhtml svg xsd xsl xslt plist pom csproj',
  yaml: 'yaml yml',
};
const BY_ENDING = new Map(
  Object.entries(ENDINGS).flatMap(([language, endings]) =>
    endings.split(' ').map((ending) => [ending, language as FileLanguage] as const),
  ),
);
/** Whole names without an ending that says it. */
const NAMES: readonly (readonly [RegExp, FileLanguage])[] = [
  [/^(?:docker|container)file(?:\..+)?$/i, 'dockerfile'],
  [/^(?:gnu)?makefile(?:\..+)?$/i, 'makefile'],
  [/^(?:rakefile|gemfile)$/i, 'ruby'],
  [/^(?:cargo|gemfile|poetry|pipfile|yarn)\.lock$/i, 'ini'],
  [/^\.?(?:profile|bashrc|bash_profile|bash_logout|zshrc|environment|os-release)$/, 'bash'],
  [/^nginx\.conf$/, 'nginx'],
];
const PROGRAMS: readonly (readonly [RegExp, FileLanguage])[] = [
  [/\b(?:ba|da|a|z|k)?sh\b/, 'bash'],
  [/\bpython/, 'python'],
  [/\b(?:node|deno|bun)\b/, 'javascript'],
  [/\bperl\b/, 'perl'],
  [/\bruby\b/, 'ruby'],
  [/\bphp\b/, 'php'],
  [/\blua/, 'lua'],
  [/\bmake\b/, 'makefile'],
];

/** `path`: as shown. Undefined where nothing tells. */
export function languageOf(path: string, text: string): FileLanguage | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (/\/nginx\/.*\.conf$|\/nginx\/(?:conf\.d|sites-\w+)\//.test(path)) return 'nginx';
  const named = NAMES.find(([pattern]) => pattern.test(name));
  if (named !== undefined) return named[1];
  const dot = name.lastIndexOf('.');
  const ending = dot === -1 ? undefined : BY_ENDING.get(name.slice(dot + 1).toLowerCase());
  if (ending !== undefined) return ending;
  if (text.startsWith('#!')) {
    const [first = ''] = text.split('\n', 1);
    return PROGRAMS.find(([pattern]) => pattern.test(first))?.[1];
  }
  return /^<(?:\?xml|!doctype html|html)/i.test(text.slice(0, 20)) ? 'xml' : undefined;
}
