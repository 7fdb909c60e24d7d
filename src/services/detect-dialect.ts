import { Failure } from '../errors.ts';
import { type DialectName, dialectNames, loadDialect } from '../gateway/dialects.ts';
import type { HttpClient } from '../gateway/http/client.ts';
import { judgeCall, type Probe, type ProbeResult, unknownId } from '../gateway/probe.ts';
import type { GatewayFacts } from '../storage/gateway-facts.ts';
import type { Clock } from './deps.ts';

/** The findings of reads about the dialect that a gateway speaks. */
export interface Detection {
  /** Dialect that it seems to speak; undefined if the reads do not tell, or it answers calls of several dialects. */
  dialect: DialectName | undefined;
  /** Dialects of which it answers the most telling call. */
  answered: readonly DialectName[];
  /** True if it has every call of this dialect, and none of another. */
  isCertain: boolean;
  /** Name of the status call that it answers with a list; undefined if none is known to. */
  statusCall: string | undefined;
  /** True if it has no status call, so that a send in doubt stays in doubt. */
  hasNoStatus: boolean;
}

/** Longest time for all reads, and for one with its retries, in milliseconds. */
const totalTimeoutMs = 10_000;
const readTimeoutMs = 3_000;

/**
 * Finds out which dialect the gateway speaks, and remembers its status call in `facts`. Only reads, all at once. A read
 * that fails, or is refused, proves nothing.
 */
export async function detectDialect(
  client: HttpClient,
  facts: GatewayFacts,
  clock: Pick<Clock, 'sleep'>,
): Promise<Detection> {
  const dialects = await Promise.all(
    dialectNames.map(async (name) => ({ name, dialect: await loadDialect(name) })),
  );
  const results = new Map<string, Promise<ProbeResult>>();
  const isOver = clock.sleep(totalTimeoutMs);
  // A run that ends before the time is over must not fail for it.
  isOver.catch(() => {});

  async function read({ path, judge }: Probe): Promise<ProbeResult> {
    const answer = client.get(path, readTimeoutMs);
    answer.catch(() => {});
    try {
      const response = await Promise.race([answer, isOver]);
      return response === undefined ? 'unclear' : judge(response);
    } catch (cause) {
      if (cause instanceof Failure && cause.kind === 'gateway') return 'unclear';
      throw cause;
    }
  }

  /** Makes each read once, though several dialects may ask for it. */
  function run(probe: Probe): Promise<ProbeResult> {
    const known = results.get(probe.path) ?? read(probe);
    results.set(probe.path, known);
    return known;
  }
  const runAll = (probes: readonly Probe[]) => Promise.all(probes.map(run));

  const [findings, status] = await Promise.all([
    Promise.all(
      dialects.map(async ({ name, dialect }) => {
        return { name, own: await runAll(await dialect.loadProbes()) };
      }),
    ),
    findStatusCall(),
  ]);

  /** Finds the first status call of any dialect that the gateway answers with a list. */
  async function findStatusCall(): Promise<Pick<Detection, 'statusCall' | 'hasNoStatus'>> {
    const calls = new Map(
      dialects.flatMap(({ dialect }) => dialect.statusCalls.map((call) => [call.name, { call, dialect }])),
    );
    const found = await Promise.all(
      [...calls.values()].map(async ({ call, dialect }) => {
        const isList = (json: unknown) => dialect.readStatus(json, 0)?.isComplete === true;
        const judge: Probe['judge'] = (response) => judgeCall(response, isList);
        return { name: call.name, result: await run({ path: call.path([unknownId], 'sms'), judge }) };
      }),
    );
    return {
      statusCall: found.find(({ result }) => result === 'present')?.name,
      hasNoStatus: found.every(({ result }) => result === 'missing'),
    };
  }

  // A call that has listed messages is known better than by an empty list.
  if (status.statusCall !== undefined && !facts.get().hasListed) facts.set({ statusCall: status.statusCall });
  const spoken = findings.filter(({ own: [first] }) => first === 'present');
  const answered = spoken.map(({ name }) => name);
  const [only] = spoken;
  // The oldest dialect is the one whose gateways may have no status call.
  const seems = spoken.length === 1 ? only : status.hasNoStatus ? findings[0] : undefined;
  if (seems === undefined) return { dialect: undefined, answered, isCertain: false, ...status };
  const isCertain =
    seems.own.every((result) => result === 'present') &&
    findings.every(({ name, own }) => name === seems.name || own.every((result) => result === 'missing'));
  return { dialect: seems.name, answered, isCertain, ...status };
}
