const tasks: (() => unknown)[] = [];

/**
 * Runs a task when the tests of the current file are over. The files of one worker share their modules, so an
 * `afterAll` at the top of a helper would only run after the first file that imports the helper.
 */
export function afterFile(task: () => unknown): void {
  tasks.push(task);
}

export async function runAfterFile(): Promise<void> {
  for (const task of tasks.splice(0)) await task();
}
