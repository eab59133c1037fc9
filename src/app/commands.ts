/**
 * The table of everything a person can do. Keys, hint line, help, palette and docs/KEYS.md are read from it;
 * nothing else binds a key.
 */

import { ConfigError } from '../config.ts';
import type { Capability } from '../engine/engine.ts';
import type { App } from './app.ts';
import { ACT_COMMANDS } from './commands/act.ts';
import { APP_COMMANDS } from './commands/app.ts';
import { BUILD_COMMANDS } from './commands/build.ts';
import { COMPARE_COMMANDS } from './commands/compare.ts';
import { CONTAINER_COMMANDS } from './commands/container.ts';
import { DIALOG_COMMANDS } from './commands/dialog.ts';
import { FILE_VIEW_COMMANDS } from './commands/file-view.ts';
import { FILES_COMMANDS } from './commands/files.ts';
import { FINDINGS_COMMANDS } from './commands/findings.ts';
import { IMAGE_COMMANDS } from './commands/image.ts';
import { JOB_COMMANDS } from './commands/job.ts';
import { LAYERS_COMMANDS } from './commands/layers.ts';
import { LIST_COMMANDS } from './commands/list.ts';
import { MARK_COMMANDS } from './commands/mark.ts';
import { PAGE_COMMANDS } from './commands/page.ts';
import { PLANNER_COMMANDS } from './commands/planner.ts';
import { RESULT_COMMANDS } from './commands/result.ts';
import { SCREEN_COMMANDS } from './commands/screen.ts';
import { TRANSFER_COMMANDS } from './commands/transfer.ts';
import { WASTE_COMMANDS } from './commands/waste.ts';

/** Where a command is heard: the whole app, one screen, an image's page, or one closed world over it. */
export type Scope =
  /** Heard even inside a closed world. */
  | 'always'
  | 'anywhere'
  | 'list'
  | 'images'
  | 'layers'
  | 'disk'
  | 'jobs'
  | 'page'
  | 'log'
  | 'build'
  | 'containers'
  | 'changes'
  | 'result'
  | 'files'
  | 'waste'
  | 'file'
  | 'findings'
  | 'compare'
  | 'acts'
  | 'field'
  | 'plan'
  | 'prompt'
  | 'choice'
  | 'ending'
  | 'restore'
  | 'palette'
  | 'help'
  | 'error'
  | 'engines';

export interface Command {
  readonly id: string;
  readonly title: string;
  readonly scope: Scope;
  readonly keys: readonly string[];
  /** Shown in the hint line, in this order; left out when not a number. */
  readonly hint?: number;
  /** The keys in the hint, where they are shown together with another command's. */
  readonly hintKeys?: string;
  /** When the hint is worth its room; left out: whenever the command can run. */
  readonly hinted?: (app: App) => boolean;
  /** The hint's word, where the title is too long for it. */
  readonly label?: string | ((app: App) => string);
  readonly needs?: Capability;
  /** It changes images: refused with --read-only and while the engine is gone. */
  readonly changes?: boolean;
  /** Left out of the palette: moving about is quicker than naming it. */
  readonly motion?: boolean;
  /** Why it cannot be done now; undefined when it can. */
  readonly blocked?: (app: App) => string | undefined;
  readonly run: (app: App) => void;
}

export const COMMANDS: readonly Command[] = [
  ...SCREEN_COMMANDS,
  ...LAYERS_COMMANDS,
  ...LIST_COMMANDS,
  ...IMAGE_COMMANDS,
  ...TRANSFER_COMMANDS,
  ...MARK_COMMANDS,
  ...JOB_COMMANDS,
  ...BUILD_COMMANDS,
  ...PLANNER_COMMANDS,
  ...PAGE_COMMANDS,
  ...RESULT_COMMANDS,
  ...CONTAINER_COMMANDS,
  ...FILES_COMMANDS,
  ...WASTE_COMMANDS,
  ...FILE_VIEW_COMMANDS,
  ...FINDINGS_COMMANDS,
  ...COMPARE_COMMANDS,
  ...ACT_COMMANDS,
  ...DIALOG_COMMANDS,
  ...APP_COMMANDS,
];

/** Scopes that are heard together: two commands on one key in any of these would shadow each other silently. */
const HEARD_TOGETHER: readonly (readonly Scope[])[] = [
  ['anywhere', 'list', 'images'],
  ['anywhere', 'list', 'layers'],
  ['anywhere', 'disk'],
  ['anywhere', 'list', 'jobs'],
  ['anywhere', 'page'],
  ['anywhere', 'log'],
  ['anywhere', 'build'],
  ['anywhere', 'containers'],
  ['anywhere', 'changes'],
  ['anywhere', 'files'],
  ['anywhere', 'waste'],
  ['anywhere', 'file'],
  ['anywhere', 'findings'],
  ['anywhere', 'compare'],
  ['anywhere', 'acts'],
  ['anywhere', 'result'],
  ['field'],
  ['plan'],
  ['prompt'],
  ['choice'],
  ['ending'],
  ['restore'],
  ['palette'],
  ['help'],
  ['error'],
  ['engines'],
];

export type KeyMap = ReadonlyMap<Scope, ReadonlyMap<string, Command>>;

/**
 * Binds the table, with a person's own keys in place of the table's (`{"image.delete": ["ctrl+d"]}`).
 * Throws when two commands would answer to one key, or when an id is unknown.
 */
export function bindKeys(
  commands: readonly Command[],
  own: Readonly<Record<string, readonly string[]>> = {},
): KeyMap {
  for (const id of Object.keys(own)) {
    if (!commands.some((command) => command.id === id))
      throw new ConfigError(`[keys]: there is no command "${id}" (docs/KEYS.md names them all)`);
  }
  const map = new Map<Scope, Map<string, Command>>();
  for (const command of commands) {
    const keys = map.get(command.scope) ?? new Map<string, Command>();
    map.set(command.scope, keys);
    for (const key of own[command.id] ?? command.keys) {
      const other = keys.get(key);
      if (other !== undefined)
        throw new ConfigError(
          `[keys]: "${key}" is bound to both ${other.id} and ${command.id}: give one of them another key`,
        );
      keys.set(key, command);
    }
  }
  for (const scopes of HEARD_TOGETHER.map((each): readonly Scope[] => ['always', ...each])) {
    const heard = new Map<string, Command>();
    for (const scope of scopes) {
      for (const [key, command] of map.get(scope) ?? []) {
        const other = heard.get(key);
        if (other !== undefined)
          throw new ConfigError(
            `[keys]: "${key}" is bound to both ${other.id} and ${command.id}: give one of them another key`,
          );
        heard.set(key, command);
      }
    }
  }
  return map;
}
