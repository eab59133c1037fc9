/** The JSON files of an archive that say what it holds. */
import { damaged, shown } from './fault.ts';
import type { Intake } from './intake.ts';

/** Undefined where there is none. Errors: `corrupt`. */
export async function readTable(intake: Intake, path: string): Promise<unknown> {
  const bytes = await intake.read(path);
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw damaged(`its ${shown(path)} is not JSON`, cause);
  }
}
