import type { Shell } from '../../commands/completion.ts';
import { bash } from './bash.ts';
import { fish } from './fish.ts';
import type { Outlines } from './outline.ts';
import { powershell } from './powershell.ts';
import { zsh } from './zsh.ts';

/** Renderers of the scripts, by shell. */
export const scripts = { bash, zsh, fish, powershell } satisfies Record<Shell, (all: Outlines) => string>;
