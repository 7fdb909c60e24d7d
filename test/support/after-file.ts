const tasks: (() => unknown)[] = [];

/**
 * Registers a task to run after the tests of the current file. Files of one worker share their modules, so a
 * top-level `afterAll` in a helper would only run after the first file that imports it.
 */
export function afterFile(task: () => unknown): void {
  tasks.push(task);
}

export async function runAfterFile(): Promise<void> {
  for (const task of tasks.splice(0)) await task();
}
