/** The headless commands as a process of their own. */
import { parseArguments, runCommand } from '../../src/cli/cli.ts';

const parsed = parseArguments(process.argv.slice(2));
if (parsed.kind === 'app') throw new Error('this runs commands only');
process.exitCode = await runCommand(parsed, process);
