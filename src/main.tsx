/** argv → what to do → exit code. The engine is asked before the screen is loaded: both take their time. */

import { firstRows, paint } from './app/first-paint.ts';
import { openTerminal, type Terminal } from './app/terminal.ts';
import type { GlobalOptions } from './cli/arguments.ts';
import { parseArguments, runCommand } from './cli/cli.ts';
import { readConfig } from './config.ts';
import { addressOf, type Choice, chooseEngine } from './engine/choose.ts';
import { connect } from './engine/connect.ts';
import { asEngineError } from './engine/errors.ts';
import { openChangeJournal } from './engine/undo/change-journal.ts';
import { changesFolder } from './engine/undo/changes-folder.ts';

let terminal: Terminal | undefined;

const parsed = parseArguments(process.argv.slice(2));
if (parsed.kind === 'app') {
  startApp(parsed.options).catch((thrown: unknown) => {
    terminal?.leave();
    process.stderr.write(`nacre: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
    process.exit(thrown instanceof Error && thrown.name === 'ConfigError' ? 2 : 1);
  });
} else {
  // A command that comes to no end, because nothing is left to wait for, has not succeeded.
  process.exitCode = 1;
  void runCommand(parsed, process).then((code) => {
    process.exitCode = code;
  });
}

/** How long the first requests may hold up the screen, in milliseconds. */
const SENDING = 50;

async function startApp(options: GlobalOptions): Promise<void> {
  const { stdin, stdout } = process;
  if (!stdin.isTTY || !stdout.isTTY) {
    process.stderr.write(
      'nacre: the app needs a terminal on standard input and output; for scripts there are commands: nacre help\n',
    );
    process.exitCode = 2;
    return;
  }
  const config = await readConfig(options.config, process.env);
  const chosen = chooseEngine({ ...options, settings: config.engine });
  terminal = openTerminal(stdin, stdout);
  terminal.enter();
  const named = options.host ?? options.store ?? process.env['NACRE_STORE'] ?? process.env['DOCKER_HOST'];
  const painted = firstRows(stdout.columns, stdout.rows, options.embedded ? '' : (named ?? ''));
  stdout.write(paint(painted));
  const asked = Promise.withResolvers<void>();
  const changes = openChangeJournal({ folder: changesFolder(process.env) });
  const first = chosen.then((choice) =>
    connect(choice, {
      prefetchList: true,
      onAsked: asked.resolve,
      insecureRegistries: config.registries.insecure,
      journal: config.journal.keep ? changes : undefined,
    }),
  );
  // Its failure is looked at later; until then it must not count as unhandled.
  first.catch(() => asked.resolve());
  let choice: Choice | undefined;
  try {
    choice = await chosen;
  } catch (thrown) {
    const error = asEngineError(thrown);
    if (error.code === 'bad-input') {
      terminal.leave();
      process.stderr.write(`nacre: ${error.message}. ${error.hint}\n`);
      process.exitCode = 2;
      return;
    }
  }
  // What has been sent by now is answered while the screen is loaded.
  await Promise.race([asked.promise, new Promise((resolve) => setTimeout(resolve, SENDING))]);
  const { start } = await import('./start.tsx');
  await start({
    options,
    config,
    terminal,
    first,
    firstChoice: chosen,
    changes,
    painted,
    address: choice === undefined ? '' : addressOf(choice),
  });
}
