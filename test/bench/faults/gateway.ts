import { benign, ShadowGateway } from '../../sim/gateway.ts';
import { serveShadow } from '../../sim/serve.ts';
import { seededRandom } from '../../support/random.ts';

/** A message from the gateway to the process that started it. */
export type GatewayNews =
  | { url: string }
  /** When each id was accepted, in milliseconds since the epoch. */
  | { accepted: [id: string, at: number][] };

/**
 * A gateway in a process of its own, `gateway.mjs SEED`, started by `fork`. It counts instead of recognizing an id that
 * it had before, and lists a message only after a while. Sends its URL, and what it accepted whenever it is asked.
 */
const random = seededRandom(Number(process.argv[2]));
const faults = {
  ...benign,
  // A connection is reset before the message is accepted, or after that and before the response.
  refused: 0.02,
  broken: 0.02,
  acceptedAnyway: 1,
  late: 0.01,
  lateMs: [2_000, 4_000] as const,
};
const longestUnlistedMs = 8_000;

const gateway = new ShadowGateway('all', faults, () => random() * longestUnlistedMs, random, Date.now);
const tell = (news: GatewayNews) => process.send?.(news);
process.on('message', () => tell({ accepted: gateway.accepted.map(({ id, at }) => [id, at]) }));
process.on('disconnect', () => process.exit());
tell({ url: (await serveShadow(gateway)).url });
