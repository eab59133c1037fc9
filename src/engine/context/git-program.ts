/** Runs the machine's git so that it asks nobody anything, and ends when it is no longer wanted. */
import { spawn } from 'node:child_process';
import { cancelled, EngineError, type ErrorCode } from '../errors.ts';
import { redact } from '../redact.ts';

export interface GitRun {
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal | undefined;
  /** What is being fetched, for messages. */
  readonly name: string;
}

/** Repositories must not reach for files of this machine, nor run what it has prepared for others. */
const SETTINGS = [
  'protocol.file.allow=never',
  'protocol.ext.allow=never',
  'core.hooksPath=/dev/null',
  'http.lowSpeedLimit=1',
  'http.lowSpeedTime=60',
];

/** They would lead git to another repository. */
const MISLEADING =
  /^GIT_(?:DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|COMMON_DIR|NAMESPACE|PREFIX|TRACE.*|CURL_VERBOSE)$/;

/** What git printed. Errors: `unsupported` without git, `not-found`, `unauthorized`, `unreachable`, `engine`, `cancelled`. */
export async function git(args: readonly string[], run: GitRun): Promise<string> {
  if (run.signal?.aborted) throw cancelled();
  const options = SETTINGS.flatMap((setting) => ['-c', setting]);
  // A session of its own: it has no terminal to ask at, and ends with all its children.
  const child = spawn('git', [...options, ...args], {
    cwd: run.folder,
    env: quiet(run.env),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const stop = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  };
  run.signal?.addEventListener('abort', stop, { once: true });
  try {
    const { status, out, said } = await ended(child);
    if (run.signal?.aborted) throw cancelled();
    if (status === 0) return out;
    throw failure(run.name, said || `git ended with status ${status}`);
  } catch (thrown) {
    throw (thrown as NodeJS.ErrnoException).code === 'ENOENT' ? noGit(run.name, thrown) : thrown;
  } finally {
    run.signal?.removeEventListener('abort', stop);
  }
}

function ended(
  child: ReturnType<typeof spawn>,
): Promise<{ status: number | null; out: string; said: string }> {
  return new Promise((resolve, reject) => {
    let out = '';
    let said = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = `${said}${text}`.slice(-4_000);
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, out, said: said.trim() }));
  });
}

function quiet(env: GitRun['env']): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([key]) => !MISLEADING.test(key));
  return {
    ...Object.fromEntries(kept),
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    // Empty: git then asks no program either.
    GIT_ASKPASS: '',
    SSH_ASKPASS_REQUIRE: 'never',
    GCM_INTERACTIVE: 'never',
    GIT_PROTOCOL_FROM_USER: '0',
  };
}

const CAUSES: readonly (readonly [RegExp, ErrorCode, why: string, hint: string])[] = [
  [
    /find remote ref|not our ref|unadvertised object|invalid refspec|not a tree/i,
    'not-found',
    'it has no such branch, tag or commit',
    'Check what stands after the #; a commit is to be written in full.',
  ],
  [
    /terminal prompts disabled|authentication failed|could not read (?:username|password)|permission denied|error: 40[13]/i,
    'unauthorized',
    'git was not let in',
    'Give git its credentials (a credential helper, an ssh key), and try: git ls-remote ADDRESS',
  ],
  [
    /host key verification/i,
    'unauthorized',
    'ssh does not know the host',
    'Connect with ssh once, to accept its key.',
  ],
  [
    /repository .*not found|not found: did you run|does not appear to be a git|not exported|does not exist|error: 404/i,
    'not-found',
    'there is no such repository, or it is not shown to you',
    'Check the address.',
  ],
  [
    /could not resolve|unable to access|unable to connect|refused|timed out|unreachable|hung up|early eof|reset by peer|operation too slow/i,
    'unreachable',
    'the connection failed',
    'Check the address and the network, and try again.',
  ],
  [
    /no space left|disk quota/i,
    'no-space',
    'the disk is full',
    'Free some space in the folder for temporary files.',
  ],
];

function failure(name: string, said: string): EngineError {
  const detail = redact(said);
  const known = CAUSES.find(([pattern]) => pattern.test(said));
  const [, code, why, hint] = known ?? [
    undefined,
    'engine' as const,
    `git failed: ${lastLine(detail)}`,
    'Try the same with git clone.',
  ];
  return new EngineError({
    code,
    message: `cannot fetch ${name}: ${why}`,
    hint,
    detail,
    retryable: code === 'unreachable',
  });
}

function noGit(name: string, cause: unknown): EngineError {
  return new EngineError({
    code: 'unsupported',
    message: `cannot fetch ${name}: this machine has no git`,
    hint: 'Install git, or fetch the repository elsewhere and name its folder.',
    cause,
  });
}

/** `redact` makes one line of all. */
const lastLine = (text: string): string =>
  text
    .split(/(?=fatal: |error: )/)
    .at(-1)
    ?.trim() ?? text;
