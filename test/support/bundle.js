/**
 * Bundles entry points in TypeScript into `folder`, so that Node runs them: `input` maps a name to a path, and the
 * bundle is `NAME.mjs`. Packages are not bundled, so the folder must be within this project.
 */
export async function bundleTo(folder, input) {
  const { rolldown } = await import('rolldown');
  const bundle = await rolldown({
    input,
    platform: 'node',
    external: [/^(?!\.|\/)/],
    transform: { define: { __VERSION__: '"sim"' } },
    logLevel: 'silent',
  });
  await bundle.write({
    dir: folder,
    format: 'esm',
    entryFileNames: '[name].mjs',
    chunkFileNames: '[name].mjs',
  });
}
