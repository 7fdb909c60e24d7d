import { refuse } from './answer.ts';
import type { SandboxDialect } from './dialect.ts';
import { dialectLoaders, type SandboxDialectName, sandboxDialectNames } from './dialects.ts';
import type { RequestBody } from './fields.ts';
import type { Shape } from './webhooks/shape.ts';

/** The dialects that a sandbox speaks. */
export interface Dialects {
  all: readonly SandboxDialect[];
  oldest: SandboxDialect;
  /** The only dialect of the account; undefined if it has all of them. */
  strict: SandboxDialect | undefined;
  /** Shapes of webhook calls of all dialects by name. */
  shapes: Readonly<Record<string, Shape>>;
}

/** Loads the dialects of an account; with `strict`, of an account of that generation only. */
export async function loadDialects(strict: SandboxDialectName | undefined): Promise<Dialects> {
  const loaded = await Promise.all(
    sandboxDialectNames.map(async (name) => ({ name, ...(await dialectLoaders[name]()) })),
  );
  const all = loaded.map(({ dialect }) => dialect);
  return {
    all,
    oldest: all[0] as SandboxDialect,
    strict: loaded.find(({ name }) => name === strict)?.dialect,
    shapes: Object.assign({}, ...all.map(({ shapes }) => shapes)),
  };
}

/**
 * Returns the dialect of a send by its recipient: the newest that the body fits, else the oldest.
 * @throws HttpError 400 for a body of another generation than that of the account
 */
export function detectDialect(body: RequestBody, { all, oldest, strict }: Dialects): SandboxDialect {
  const fits = ({ recipientField }: SandboxDialect) => (body[recipientField] ?? null) !== null;
  if (strict !== undefined)
    return fits(strict) ? strict : refuse(400, `${strict.recipientField}: must not be null`);
  return all.findLast(fits) ?? oldest;
}

/** Reports whether an account has a path; a path of another generation is unknown to it. */
export function hasPath(path: string, { all, strict }: Dialects): boolean {
  const isBelow = (own: string) => path === own || path.startsWith(`${own}/`);
  return strict === undefined || !all.some((other) => other !== strict && other.ownPaths.some(isBelow));
}

/** Reports whether an account has templates with this id. */
export function hasTemplateId(id: string, { strict }: Pick<Dialects, 'strict'>): boolean {
  return strict === undefined || isWholeNumber(id) === (strict.templateIds === 'numbers');
}

/** Reports whether an id is a whole number, which goes out as a number in JSON. */
export function isWholeNumber(id: string): boolean {
  return /^[1-9]\d{0,14}$/.test(id);
}
