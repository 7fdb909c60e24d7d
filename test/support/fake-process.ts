/** Creates a copy of this process with some properties replaced. */
export function fakeProcess(part: object): NodeJS.Process {
  return Object.create(process, Object.getOwnPropertyDescriptors(part));
}
