/** The ledger of a stock, made once: a stock never changes. */
import { buildLedger, type Ledger } from '../engine/ledger.ts';
import type { Stock } from '../engine/stock.ts';

const ledgers = new WeakMap<Stock, Ledger>();

export function ledgerOf(stock: Stock | undefined): Ledger | undefined {
  if (stock === undefined) return undefined;
  let ledger = ledgers.get(stock);
  if (ledger === undefined) {
    ledger = buildLedger(stock);
    ledgers.set(stock, ledger);
  }
  return ledger;
}
