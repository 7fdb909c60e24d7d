import { test } from 'vitest';
import { renderTable } from '/work/main/src/output/table.ts';
import { styleFor } from '/work/main/src/output/style.ts';
test('perf', async () => {
  const st = { write() {}, isTTY: true, columns: 100, rows: 20, colour: true, isClosed: false };
  const style = await styleFor(st);
  for (const n of [1000, 20000, 100000]) {
    const rows = Array.from({ length: n }, (_, i) => i);
    const cols = ['id', 'to', 'status', 'text', 'a', 'b'].map((key) => ({ key, summary: '', value: (i: number) => `${key} ${i} some text è 日本` }));
    const b = performance.now();
    await renderTable(cols, rows, st, style);
    console.log(n, Math.round(performance.now() - b));
  }
});
