import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Returns the folders for settings and ledgers: `QLARA_CONFIG_DIR` and `QLARA_STATE_DIR`, else XDG, else the system's
 * standard folders.
 */
export function resolveFolders(
  env: NodeJS.ProcessEnv,
  platform: NodeJS.Platform = process.platform,
): { config: string; state: string } {
  const home = env.HOME || homedir();
  const systemFolders = () => {
    if (platform === 'win32') {
      const roaming = env.APPDATA || join(home, 'AppData', 'Roaming');
      const local = env.LOCALAPPDATA || join(home, 'AppData', 'Local');
      return { config: join(roaming, 'qlara'), state: join(local, 'qlara') };
    }
    if (platform === 'darwin') {
      const library = join(home, 'Library');
      return {
        config: join(library, 'Preferences', 'qlara'),
        state: join(library, 'Application Support', 'qlara'),
      };
    }
    return { config: join(home, '.config', 'qlara'), state: join(home, '.local', 'state', 'qlara') };
  };
  const defaults = systemFolders();
  return {
    config:
      env.QLARA_CONFIG_DIR || (env.XDG_CONFIG_HOME ? join(env.XDG_CONFIG_HOME, 'qlara') : defaults.config),
    state: env.QLARA_STATE_DIR || (env.XDG_STATE_HOME ? join(env.XDG_STATE_HOME, 'qlara') : defaults.state),
  };
}
