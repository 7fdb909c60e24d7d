import { describe, expect, test } from 'vitest';
import { start } from '../sandbox/start.ts';
import { all, type Exchange, filled } from './golden.ts';

interface Given extends Exchange {
  /** Requests made before. */
  given?: { path: string; request: unknown }[];
}

describe('the sandbox responds as documented', () => {
  test.each(all<Given>('partner'))('$name', async (exchange) => {
    const { call, post, clock } = await start();
    for (const { path, request } of exchange.given ?? [])
      expect((await post(path, request)).status).toBe(200);
    clock.now += (exchange.after ?? 0) * 1000;
    const answer = await call(
      exchange.method,
      exchange.path,
      exchange.request === null ? {} : { body: JSON.stringify(exchange.request) },
    );
    expect({ status: answer.status, response: answer.body }).toEqual({
      status: exchange.status,
      response: filled(exchange.response, answer.body, new Map()),
    });
  });
});
