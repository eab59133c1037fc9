/** What builds leave behind that no container needs, where it lies, and how an image is made without it. */

export interface LeftoverRule {
  /**
   * Parts of a path: with `/` in front from the root, else anywhere; with `/` at the end only folders, else only files. A
   * part `*` is any name; the last may be `*END`, or `START#`, which is two digits or more.
   */
  readonly pattern: string;
  readonly what: string;
  /** One sentence. */
  readonly fix: string;
  /** It lies about in many places, which are told together. */
  readonly scattered?: boolean;
}

const mount = (target: string): string => `RUN --mount=type=cache,target=${target}`;
const cleaned = (command: string, target: string): string =>
  `End the RUN that fills it with ${command}, or keep it out of the image: ${mount(target)}`;
const stages = (what: string): string =>
  `Build in a stage of its own and copy only the result, or keep it out of the image: ${mount(what)}`;

const APT = cleaned('rm -rf /var/lib/apt/lists/*', '/var/lib/apt/lists');
const PIP = `Install with pip install --no-cache-dir, or ${mount('/root/.cache/pip')}`;
const DNF = cleaned('dnf clean all', '/var/cache/dnf');
const YARN = cleaned('yarn cache clean', '/usr/local/share/.cache/yarn');
const CONDA = cleaned('conda clean --all --yes', '/opt/conda/pkgs');
const GEM = 'End the RUN that installs gems with rm -rf "$(gem env gemdir)/cache"';
const BYTECODE =
  'Set PYTHONDONTWRITEBYTECODE=1 and install with pip install --no-compile; Python then starts a little slower';
const IGNORE = 'Name it in .dockerignore, or copy only what the program needs';
const DUMP = 'Find out what crashed in the build, and delete the dump in the same RUN';
const LOGS = 'Delete it at the end of the RUN that writes it';
const EDITOR = 'Name it in .dockerignore, or delete it in the RUN that makes it';
const TEMPORARY = `Delete it at the end of the RUN that makes it, or keep it out of the image: ${mount('/tmp')}`;

export const LEFTOVER_RULES: readonly LeftoverRule[] = [
  { pattern: '/var/lib/apt/lists/', what: 'package lists of apt', fix: APT },
  { pattern: '/var/cache/apt/', what: 'archives of apt', fix: cleaned('apt-get clean', '/var/cache/apt') },
  {
    pattern: '/var/cache/debconf/*-old',
    what: 'backup of debconf',
    fix: 'Delete it in the RUN that installs packages',
  },
  {
    pattern: '/var/lib/dpkg/*-old',
    what: 'backup of dpkg',
    fix: 'Delete it in the RUN that installs packages',
  },
  {
    pattern: '/var/cache/apk/',
    what: 'cache of apk',
    fix: `Install with apk add --no-cache, or ${mount('/var/cache/apk')}`,
  },
  {
    pattern: '/etc/apk/cache/',
    what: 'cache of apk',
    fix: `Install with apk add --no-cache, or ${mount('/etc/apk/cache')}`,
  },
  { pattern: '/var/cache/dnf/', what: 'cache of dnf', fix: DNF },
  { pattern: '/var/cache/libdnf5/', what: 'cache of dnf', fix: DNF },
  { pattern: '/var/cache/yum/', what: 'cache of yum', fix: cleaned('yum clean all', '/var/cache/yum') },
  {
    pattern: '/var/cache/zypp/',
    what: 'cache of zypper',
    fix: cleaned('zypper clean --all', '/var/cache/zypp'),
  },
  {
    pattern: '/var/cache/pacman/pkg/',
    what: 'packages of pacman',
    fix: cleaned('pacman -Scc --noconfirm', '/var/cache/pacman/pkg'),
  },
  {
    pattern: '/var/cache/ldconfig/',
    what: 'cache of ldconfig',
    fix: 'Delete it in the RUN that installs packages',
  },
  {
    pattern: '/var/cache/man/',
    what: 'index of manual pages',
    fix: 'Delete it in the RUN that installs packages',
  },
  { pattern: '.cache/pip/', what: 'cache of pip', fix: PIP },
  {
    pattern: '.cache/uv/',
    what: 'cache of uv',
    fix: `Install with uv --no-cache, or ${mount('/root/.cache/uv')}`,
  },
  {
    pattern: '.cache/pypoetry/',
    what: 'cache of poetry',
    fix: cleaned('poetry cache clear --all --no-interaction .', '/root/.cache/pypoetry'),
  },
  {
    pattern: '.cache/pipenv/',
    what: 'cache of pipenv',
    fix: cleaned('pipenv --clear', '/root/.cache/pipenv'),
  },
  {
    pattern: '.npm/_cacache/',
    what: 'cache of npm',
    fix: cleaned('npm cache clean --force', '/root/.npm'),
  },
  { pattern: '.npm/_logs/', what: 'logs of npm', fix: LOGS },
  { pattern: '.npm/_npx/', what: 'cache of npx', fix: cleaned('rm -rf ~/.npm/_npx', '/root/.npm') },
  { pattern: 'npm-debug.log', what: 'log of npm', fix: IGNORE, scattered: true },
  { pattern: 'yarn-error.log', what: 'log of yarn', fix: IGNORE, scattered: true },
  { pattern: '.cache/yarn/', what: 'cache of yarn', fix: YARN },
  { pattern: '.yarn/berry/cache/', what: 'cache of yarn', fix: YARN },
  {
    pattern: '.cache/pnpm/',
    what: 'cache of pnpm',
    fix: cleaned('rm -rf ~/.cache/pnpm', '/root/.cache/pnpm'),
  },
  {
    pattern: '.local/share/pnpm/store/',
    what: 'store of pnpm',
    fix: `Keep it out of the image: ${mount('/root/.local/share/pnpm/store')}`,
  },
  {
    pattern: '.pnpm-store/',
    what: 'store of pnpm',
    fix: `Keep it out of the image: ${mount('/root/.local/share/pnpm/store')}`,
  },
  {
    pattern: 'node_modules/.cache/',
    what: 'cache of build tools',
    fix: 'Build in a stage of its own and copy only the result',
  },
  {
    pattern: '.bun/install/cache/',
    what: 'cache of bun',
    fix: cleaned('bun pm cache rm', '/root/.bun/install/cache'),
  },
  {
    pattern: '.composer/cache/',
    what: 'cache of composer',
    fix: cleaned('composer clear-cache', '/root/.composer/cache'),
  },
  {
    pattern: '.cache/composer/',
    what: 'cache of composer',
    fix: cleaned('composer clear-cache', '/root/.cache/composer'),
  },
  { pattern: '.cache/go-build/', what: 'build cache of Go', fix: stages('/root/.cache/go-build') },
  { pattern: 'go/pkg/mod/', what: 'modules of Go', fix: stages('/go/pkg/mod') },
  { pattern: '.cargo/registry/', what: 'registry of cargo', fix: stages('/root/.cargo/registry') },
  { pattern: 'cargo/registry/', what: 'registry of cargo', fix: stages('/usr/local/cargo/registry') },
  { pattern: '.cargo/git/', what: 'checkouts of cargo', fix: stages('/root/.cargo/git') },
  { pattern: 'cargo/git/', what: 'checkouts of cargo', fix: stages('/usr/local/cargo/git') },
  { pattern: '.m2/repository/', what: 'repository of Maven', fix: stages('/root/.m2') },
  { pattern: '.gradle/caches/', what: 'caches of Gradle', fix: stages('/root/.gradle') },
  { pattern: '.gradle/wrapper/dists/', what: 'downloads of Gradle', fix: stages('/root/.gradle') },
  { pattern: '.ivy2/cache/', what: 'cache of Ivy', fix: stages('/root/.ivy2') },
  { pattern: '.cache/coursier/', what: 'cache of coursier', fix: stages('/root/.cache/coursier') },
  { pattern: '.cache/bazel/', what: 'cache of Bazel', fix: stages('/root/.cache/bazel') },
  { pattern: '.nuget/packages/', what: 'packages of NuGet', fix: stages('/root/.nuget/packages') },
  {
    pattern: '.local/share/NuGet/',
    what: 'cache of NuGet',
    fix: cleaned('dotnet nuget locals all --clear', '/root/.local/share/NuGet'),
  },
  { pattern: 'conda/pkgs/', what: 'packages of conda', fix: CONDA },
  { pattern: 'miniconda3/pkgs/', what: 'packages of conda', fix: CONDA },
  { pattern: 'anaconda3/pkgs/', what: 'packages of conda', fix: CONDA },
  { pattern: 'miniforge3/pkgs/', what: 'packages of conda', fix: CONDA },
  { pattern: 'mambaforge/pkgs/', what: 'packages of conda', fix: CONDA },
  { pattern: 'gems/*/cache/', what: 'archives of gems', fix: GEM },
  { pattern: '/usr/local/bundle/cache/', what: 'archives of gems', fix: GEM },
  { pattern: '.gem/specs/', what: 'index of gems', fix: GEM },
  { pattern: '.bundle/cache/', what: 'cache of bundler', fix: GEM },
  { pattern: '.ccache/', what: 'cache of ccache', fix: stages('/root/.ccache') },
  { pattern: '.cache/ccache/', what: 'cache of ccache', fix: stages('/root/.cache/ccache') },
  { pattern: '/tmp/', what: 'temporary files', fix: TEMPORARY },
  { pattern: '/var/tmp/', what: 'temporary files', fix: TEMPORARY },
  { pattern: '/var/log/', what: 'logs', fix: LOGS },
  { pattern: '__pycache__/', what: 'bytecode of Python', fix: BYTECODE, scattered: true },
  { pattern: '*.pyc', what: 'bytecode of Python', fix: BYTECODE, scattered: true },
  { pattern: '.git/', what: 'history of git', fix: IGNORE },
  { pattern: '.hg/', what: 'history of Mercurial', fix: IGNORE },
  { pattern: '.svn/', what: 'copies of Subversion', fix: IGNORE, scattered: true },
  { pattern: 'core.#', what: 'core dump', fix: DUMP, scattered: true },
  { pattern: 'vgcore.#', what: 'core dump', fix: DUMP, scattered: true },
  { pattern: '*.orig', what: 'copies that patch keeps', fix: EDITOR, scattered: true },
  { pattern: '*~', what: 'copies that editors keep', fix: EDITOR, scattered: true },
  { pattern: '*.swp', what: 'files of an open editor', fix: EDITOR, scattered: true },
  { pattern: '.DS_Store', what: 'files of a file manager', fix: IGNORE, scattered: true },
  { pattern: '.bash_history', what: 'history of a shell', fix: EDITOR, scattered: true },
  {
    pattern: '.wget-hsts',
    what: 'notes of wget',
    fix: 'Delete it in the RUN that downloads',
    scattered: true,
  },
];
