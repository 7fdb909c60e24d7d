/** The part of the API that both SQLite libraries have in common and qlara needs. */
export interface Statement {
  run(...values: Value[]): { changes: number | bigint };
  get(...values: Value[]): unknown;
  all(...values: Value[]): unknown[];
}

export interface Connection {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

export type Value = string | number | null;

export type Engine = 'node:sqlite' | 'libsql';

/** Returns the best engine: `node:sqlite` needs no package and has a newer SQLite, but needs Node 22.13. */
export function bestEngine(): Engine {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 13) ? 'node:sqlite' : 'libsql';
}

/** Opens a database file. @throws errors of SQLite */
export type Connect = (path: string) => Connection;

/** Loads an engine; resolves to a function that opens databases synchronously. */
export async function loadEngine(engine: Engine): Promise<Connect> {
  if (engine === 'node:sqlite') {
    // The types of Node 20 do not know the module.
    const sqlite: unknown = withoutWarnings(() => process.getBuiltinModule('node:sqlite'));
    const { DatabaseSync } = sqlite as { DatabaseSync: new (path: string) => Connection };
    return (path) => new DatabaseSync(path);
  }
  const { default: Database } = await import('libsql');
  return (path): Connection => new Database(path);
}

export async function connect(engine: Engine, path: string): Promise<Connection> {
  return (await loadEngine(engine))(path);
}

/** Suppresses the warning of Node 22 that its SQLite is experimental, about which the user can do nothing. */
function withoutWarnings<T>(load: () => T): T {
  const emit = process.emitWarning;
  process.emitWarning = () => {};
  try {
    return load();
  } finally {
    process.emitWarning = emit;
  }
}
