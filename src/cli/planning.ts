/** From a command's operands to a plan. */
import { asEngineError, EngineError } from '../engine/errors.ts';
import type { Plan, PlanOptions } from '../engine/plan.ts';
import { planReferences } from '../engine/planner.ts';
import { targetsFromReferences } from '../engine/removal-targets.ts';
import type { Stock } from '../engine/stock.ts';
import { connectedStock } from './connected-stock.ts';
import type { Context } from './context.ts';

export interface Planning {
  readonly plan: Plan;
  readonly stock: Stock;
  /** Operands that are no reference, or mean several images; each was complained about. */
  readonly failures: readonly ArgumentFailure[];
  readonly options: PlanOptions;
}

export interface ArgumentFailure {
  readonly reference: string;
  readonly message: string;
  readonly hint: string;
}

/** Plans the removal of the operands with `--force` and `--no-prune`; one that is wrong does not stop the others. */
export async function planArguments(context: Context): Promise<Planning> {
  const { flags, operands, complain } = context;
  const stock = await connectedStock(context);
  const options = { force: flags.on('force'), noPrune: flags.on('no-prune') };
  try {
    return { plan: planReferences(stock, operands, options), stock, failures: [], options };
  } catch (thrown) {
    if (!(thrown instanceof EngineError)) throw thrown;
  }
  const failures: ArgumentFailure[] = [];
  const good = operands.filter((reference) => {
    try {
      targetsFromReferences(stock, [reference]);
      return true;
    } catch (thrown) {
      const { message, hint } = asEngineError(thrown);
      complain(message, hint);
      failures.push({ reference, message, hint });
      return false;
    }
  });
  return { plan: planReferences(stock, good, options), stock, failures, options };
}
