import type { TestProject } from 'vitest/node';
import { startPostgres } from './postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** URL of an empty database, where the conformance suite tests PostgreSQL. */
    postgres: string | undefined;
  }
}

/** Starts a server for all files of the project. */
export default async function setUp({ provide }: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres({ settings: { fsync: 'off' } });
  provide('postgres', await server.createDatabase());
  return () => server.close();
}
