import { describe, expect, test } from 'vitest';
import { hasTerminal, openScreen } from './screen.ts';

const name = '日本 😀';

describe.skipIf(!hasTerminal)('a template preview in a terminal', () => {
  test.each([
    [40, 40],
    [80, 44],
    [200, 44],
  ])('at %i columns draws an aligned card of width %i', async (columns, width) => {
    const screen = openScreen(columns, 40);
    screen.type(
      `clear; qlara templates preview template_card --sandbox -q --var name='${name}' --var discount=10%; echo end`,
    );
    await screen.shows(/^end$/m);
    const lines = screen.lines();
    const top = lines.findIndex((line) => line.startsWith('╭'));
    const bottom = lines.findIndex((line) => line.startsWith('╰'));
    expect(lines[top]).toBe(`╭${'─'.repeat(width - 2)}╮`);
    expect(bottom - top).toBeGreaterThan(14);
    const card = lines.slice(top, bottom + 1);
    // Wide characters take two cells and are one or two code units.
    const cells = card.map((line) =>
      [...line].reduce((sum, sign) => sum + (/[日本😀]/u.test(sign) ? 2 : 1), 0),
    );
    expect(new Set(cells)).toEqual(new Set([width]));
    expect(card.join('\n')).toContain(' spring.jpg ');
  });

  test('draws a carousel in a row if it fits, else in a column', async () => {
    for (const [columns, across] of [
      [40, 1],
      [80, 3],
      [200, 3],
    ] as const) {
      const screen = openScreen(columns, 60);
      screen.type('clear; qlara templates preview template_carousel --sandbox -q; echo end');
      await screen.shows(/^end$/m);
      const top = screen.lines().find((line) => line.startsWith('╭')) ?? '';
      expect(top.match(/╭/g)).toHaveLength(across);
    }
  });

  test('underlines values, uses brackets without color, and ASCII frames without Unicode', async () => {
    const screen = openScreen(80, 30);
    const preview = 'qlara templates preview template_456 --channel rcs --sandbox -q --var name=Mario';
    screen.type(`clear; ${preview}; echo end`);
    await screen.shows(/│ Hello Mario, your code is \{code\}\. │[\s\S]*^end$/m);
    expect(screen.colored()).toMatch(/\u001b\[4mMario/);
    screen.type(`clear; NO_COLOR=1 ${preview}; echo end`);
    await screen.shows(/│ Hello \[Mario\], your code is \{code\}\. │[\s\S]*^end$/m);
    expect(screen.colored()).not.toContain('\u001b[4m');
    screen.type(`clear; LC_ALL=C NO_COLOR=1 ${preview}; echo end`);
    await screen.shows(/^\| Hello \[Mario\], your code is \{code\}\. \|$[\s\S]*^end$/m);
  });

  test('fits the list into the terminal', async () => {
    for (const columns of [40, 80, 200]) {
      const screen = openScreen(columns, 40);
      screen.type('clear; qlara templates list --sandbox -q; echo end');
      await screen.shows(/^end$/m);
      // A wrapped line would not match.
      const rows = screen.lines().filter((line) => /^template_\w+ .*(approved|pending|rejected)/.test(line));
      expect(rows).toHaveLength(11);
    }
  });

  test('asks before deleting, with "no" as the default', async () => {
    const screen = openScreen(100, 30);
    screen.type(
      `clear; echo '{"name":"a","description":"d","type":"TEXT","body":{"text":"Hi"}}' | qlara templates create - --sandbox -q --json | sed -n 's/^ *"id": "\\(.*\\)".*/\\1/p' > id; echo made`,
    );
    await screen.shows(/^made$/m);
    screen.type('clear; qlara templates delete $(cat id) --sandbox; echo "exit $?"');
    await screen.shows(/Delete RCS template \w+ \(a\)\?/);
    screen.press('Enter');
    await screen.shows(/nothing was deleted\nexit 9/);
    screen.type('clear; qlara templates delete $(cat id) --sandbox; echo "exit $?"');
    await screen.shows(/Delete RCS template/);
    screen.type('y');
    await screen.shows(/deleted[\s\S]*exit 0/);
    screen.type('clear; qlara templates show $(cat id) --sandbox; echo "exit $?"');
    await screen.shows(/exit 2/);
  });
});
