import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fail } from '../errors.ts';

/** What a profile may hold, each as it would be written on the line. */
export interface Profile {
  baseUrl?: string;
  dialect?: string;
  output?: string;
  from?: string;
  country?: string;
  /** A length of time: how late the gateway may show a message it took. */
  grace?: string;
}

interface File {
  profiles: Record<string, Profile>;
}

const text = { type: 'string' } as const;

const schema = {
  profiles: {
    type: 'object',
    additionalProperties: {
      type: 'object',
      properties: { baseUrl: text, dialect: text, output: text, from: text, country: text, grace: text },
      additionalProperties: false,
    },
  },
} as const;

/**
 * The settings of one profile; none where no file is. A file that cannot be read is left as it is.
 * @throws Failure `config.broken`
 */
export async function readProfile(folder: string, name: string): Promise<Profile> {
  const path = join(folder, 'config.json');
  // Most runs have no file, and the library that reads it takes longer to start than the rest of the program.
  if (!existsSync(path)) return {};
  const { default: Conf } = await import('conf');
  try {
    const conf = new Conf<File>({ cwd: folder, configName: 'config', schema, configFileMode: 0o600 });
    return conf.get('profiles', {})[name] ?? {};
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    fail('setup', 'config.broken', `${path} cannot be used: ${why}`, 'mend it, or move it away', cause);
  }
}
