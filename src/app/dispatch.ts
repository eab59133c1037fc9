/** A key finds its command: the innermost scope that is open hears it first, closed worlds hear it alone. */
import type { App } from './app.ts';
import { blockedReason } from './command-index.ts';
import type { Command, Scope } from './commands.ts';
import { wasteShown } from './files-waste.ts';
import type { AppState } from './state.ts';

/** Scopes that hear keys now, outermost first. */
export function heardScopes(
  state: Pick<
    AppState,
    | 'overlay'
    | 'field'
    | 'page'
    | 'log'
    | 'buildPage'
    | 'screen'
    | 'changesPage'
    | 'containerList'
    | 'result'
    | 'actList'
    | 'files'
    | 'wastePage'
    | 'fileView'
    | 'findings'
    | 'compare'
  >,
): readonly Scope[] {
  if (state.overlay !== undefined) return ['always', state.overlay.kind];
  if (state.field !== undefined) return ['always', 'field'];
  if (state.actList !== undefined) return ['always', 'anywhere', 'acts'];
  if (state.fileView !== undefined) return ['always', 'anywhere', 'file'];
  if (wasteShown(state) !== undefined) return ['always', 'anywhere', 'waste'];
  if (state.files !== undefined) return ['always', 'anywhere', 'files'];
  if (state.compare !== undefined) return ['always', 'anywhere', 'compare'];
  if (state.findings !== undefined) return ['always', 'anywhere', 'findings'];
  if (state.page !== undefined) return ['always', 'anywhere', 'page'];
  if (state.result !== undefined) return ['always', 'anywhere', 'result'];
  if (state.changesPage !== undefined) return ['always', 'anywhere', 'changes'];
  if (state.containerList !== undefined) return ['always', 'anywhere', 'containers'];
  if (state.log !== undefined) return ['always', 'anywhere', 'log'];
  if (state.buildPage !== undefined) return ['always', 'anywhere', 'build'];
  switch (state.screen) {
    case 'images':
      return ['always', 'anywhere', 'list', 'images'];
    case 'layers':
      return ['always', 'anywhere', 'list', 'layers'];
    case 'jobs':
      return ['always', 'anywhere', 'list', 'jobs'];
    case 'disk':
      return ['always', 'anywhere', 'disk'];
  }
}

export function commandFor(app: App, key: string): Command | undefined {
  for (const scope of [...heardScopes(app.store.get())].reverse()) {
    const command = app.keyMap.get(scope)?.get(key);
    if (command !== undefined) return command;
  }
  return undefined;
}

/** Runs a command, or says why it cannot be run. */
export function run(app: App, command: Command): void {
  const reason = blockedReason(command, app);
  if (reason !== undefined) {
    app.say('plain', reason);
    return;
  }
  app.hush();
  command.run(app);
}
