import { read } from '../input/value-types.ts';

const loadUrls = () => import('../ledger/postgres/url.ts');

/** The PostgreSQL database of a ledger. @throws Failure `ledger.url` */
export const ledgerUrl = read('URL', async (given) => (await loadUrls()).checkLedgerUrl(given));

/** The same, for a place that is no place for secrets. @throws Failure `ledger.url`, `ledger.password` */
export const ledgerUrlWithoutPassword = read('URL', async (given) =>
  (await loadUrls()).refusePassword(given),
);
