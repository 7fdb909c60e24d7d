import { isBeforeConnection, mostText, NoAnswer, type Timeouts, type Transport, why } from './exchange.ts';

/** Undici's only home. Carries many requests over connections kept alive, through a proxy where the environment names one. */
export async function pooledTransport(
  { connect, answer }: Timeouts,
  connections: number,
  proxied: boolean,
): Promise<Transport> {
  const { Agent, EnvHttpProxyAgent, request: send } = await import('undici');
  const options = {
    connections,
    pipelining: 1,
    connect: { timeout: connect },
    headersTimeout: answer,
    bodyTimeout: answer,
  };
  const dispatcher = proxied ? new EnvHttpProxyAgent(options) : new Agent(options);
  return {
    async exchange({ url, method, headers, body }) {
      try {
        const response = await send(url, {
          dispatcher,
          method,
          headers,
          body,
          signal: AbortSignal.timeout(connect + answer),
        });
        let text = '';
        response.body.setEncoding('utf8');
        for await (const chunk of response.body) if (text.length < mostText) text += chunk;
        const flat = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
        return { status: response.statusCode, headers: Object.fromEntries(flat), text };
      } catch (cause) {
        throw new NoAnswer(why(cause), !isBeforeConnection(cause) && !isProxyRefusal(cause), cause);
      }
    },
    close: () => dispatcher.destroy(),
  };
}

/** A proxy that will not open the tunnel has seen only the host's name. */
function isProxyRefusal(cause: unknown): boolean {
  return cause instanceof Error && /when HTTP Tunneling/.test(cause.message);
}
