import { asId, asObject, type Json } from '../http/json.ts';

/** All entries of a conversation that the gateway returned. */
export interface Thread {
  entries: unknown[];
  /** True if the newest entry is among them; false where the gateway repeats a page that may not be the last. */
  hasEnd: boolean;
}

/** Entries asked for at once. Some gateways return fewer. */
const pageSize = 100;

/** Pages read of one conversation: a gateway that invents new entries must not be asked forever. */
const maxPages = 1_000;

/** A page, and what it adds to those before. */
interface Page {
  entries: readonly unknown[];
  /** Number of entries that no page before had. */
  added: number;
  /** True if it repeats an entry other than the one that was asked for. */
  repeats: boolean;
}

/**
 * Reads all entries of a conversation with `getPage`. The vendor pages by `idFrom` and `idTo`, both inclusive
 * (`api/get-messages`), and does not say which entries come without them: those after the page are asked for, then
 * those before it. A gateway that ignores `idFrom` is asked by `page`.
 */
export async function readThread(
  getPage: (query: Record<string, string>) => Promise<readonly unknown[]>,
): Promise<Thread> {
  const entries = new Map<string, unknown>();
  let pages = 0;

  async function read(query: Record<string, string>, askedId?: string): Promise<Page> {
    pages++;
    const found = await getPage({ ...query, limit: String(pageSize) });
    const keys = toKeys(found);
    const before = entries.size;
    const repeats = keys.some((key, index) => entries.has(key) && readEntryId(found[index]) !== askedId);
    for (const [index, key] of keys.entries()) if (!entries.has(key)) entries.set(key, found[index]);
    return { entries: found, added: entries.size - before, repeats };
  }

  const finish = (hasEnd: boolean): Thread => ({ entries: [...entries.values()], hasEnd });

  const first = await read({ page: '0' });
  if (first.entries.length === 0) return finish(true);

  const ids = () => [...entries.values()].map(readEntryId).filter((id) => id !== undefined);
  if (ids().length === entries.size) {
    let latest = findLatest(ids());
    let page = await read({ idFrom: latest }, latest);
    while (page.added > 0 && pages < maxPages) {
      latest = findLatest(ids());
      page = await read({ idFrom: latest }, latest);
    }
    if (!page.repeats) {
      const hasEnd = page.added === 0;
      do {
        const earliest = findEarliest(ids());
        page = await read({ idTo: earliest }, earliest);
      } while (page.added > 0 && pages < maxPages);
      return finish(hasEnd);
    }
  }

  for (let number = 1; pages < maxPages; number++) {
    const page = await read({ page: String(number) });
    if (page.entries.length === 0) return finish(true);
    // Without pages of any kind, nothing shows whether the list was cut.
    if (page.added === 0) return finish(false);
  }
  return finish(false);
}

/** Returns a key for each entry of a page: its id, else its content and how often the page had that before. */
function toKeys(entries: readonly unknown[]): string[] {
  const counts = new Map<string, number>();
  return entries.map((entry) => {
    const id = readEntryId(entry);
    if (id !== undefined) return `id ${id}`;
    const text = JSON.stringify(entry) ?? '';
    const count = counts.get(text) ?? 0;
    counts.set(text, count + 1);
    return `${text} ${count}`;
  });
}

/** Returns the number by which the vendor pages; undefined if an entry has none. */
function readEntryId(entry: unknown): string | undefined {
  const { id, messageId }: Json = asObject(entry) ?? {};
  return [asId(id), asId(messageId)].find((one) => one !== null && /^\d+$/.test(one)) ?? undefined;
}

function findLatest(ids: readonly string[]): string {
  return ids.reduce((one, other) => (BigInt(other) > BigInt(one) ? other : one));
}

function findEarliest(ids: readonly string[]): string {
  return ids.reduce((one, other) => (BigInt(other) < BigInt(one) ? other : one));
}
