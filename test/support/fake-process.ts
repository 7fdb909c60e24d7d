/** This process, but for what is given. */
export function fakeProcess(part: object): NodeJS.Process {
  return Object.create(process, Object.getOwnPropertyDescriptors(part));
}
